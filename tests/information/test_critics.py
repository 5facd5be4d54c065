"""Learned critics."""

import pytest
import torch

from information.draws import monte_carlo
from sslcore import information as mi
from sslcore.information import CorrelatedGaussian


def test_a_learned_critic_comes_close_and_stays_below(generator):
    torch.manual_seed(0)
    task = CorrelatedGaussian(5, 2.0)
    critic = mi.Separable(5)
    rows = list(mi.train_critic(critic, task, mi.infonce, steps=400, batch=128, generator=generator))
    assert [row["step"] for row in rows] == list(range(400))
    assert abs(rows[0]["bound"]) < 0.2

    def draw():
        x, y = task.sample(256, generator)
        return mi.infonce(critic(x, y).detach()), mi.infonce(task.critic(x, y))

    (learned, best), (error, _) = monte_carlo(draw, 50)
    assert learned > 0.85 * 2.0
    assert learned < 2.0 + 3 * error
    assert learned < best


@pytest.mark.parametrize(
    "make", [lambda: mi.Separable(3, hidden=16), lambda: mi.Bilinear(3), lambda: mi.Joint(3, hidden=16)]
)
@pytest.mark.parametrize("bound", [mi.infonce, mi.nwj])
def test_every_critic_learns(make, bound, generator):
    torch.manual_seed(0)
    task = CorrelatedGaussian(3, 1.5)
    values = [row["bound"] for row in mi.train_critic(make(), task, bound, 80, 32, 1e-2, generator)]
    assert sum(values[-20:]) / 20 > sum(values[:5]) / 5 + 0.2


def test_joint_scores_each_pair(generator):
    x, y = CorrelatedGaussian(3, 1.0).sample(4, generator)
    critic = mi.Joint(3)
    torch.testing.assert_close(critic(x, y)[1, 2], critic.network(torch.cat([x[1], y[2]])).squeeze())


def test_a_diverging_critic_says_where(generator):
    with pytest.raises(FloatingPointError, match="at step"):
        list(mi.train_critic(mi.Bilinear(5), CorrelatedGaussian(5, 2.0), mi.nwj, 50, 64, 1e3, generator))

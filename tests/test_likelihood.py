"""Bounds on log p(x): against naive formulas, and against a model whose likelihood is known."""

import math
from itertools import pairwise

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from sslcore import latent, networks
from sslcore.data.form import Form
from sslcore.evaluate import likelihood
from sslcore.objectives.vae import VAE, kl_to_prior
from sslcore.run.config import Config

X = torch.rand(4, 1, 6, 6, generator=torch.Generator().manual_seed(0))
SMALL = {"hidden": [16]}


def built(objective, **settings):
    torch.manual_seed(0)
    return Config(objective=objective, settings=settings, network=SMALL).build(Form("images", (1, 6, 6)))


def naive_log_weights(model, x, z):
    """log p(x|z) + log p(z) - log q(z|x) with torch's own distributions; z [k, b, d] -> [k, b]."""
    mu, log_var = model.heads(model.encoder(x)).chunk(2, dim=1)
    rows = []
    for one in z:
        log_q = Normal(mu, (0.5 * log_var).exp()).log_prob(one).sum(1)
        log_p = Normal(0.0, 1.0).log_prob(one).sum(1)
        likelihood = Bernoulli(logits=model.decoder(one), validate_args=False).log_prob(x).sum((1, 2, 3))
        rows.append(likelihood + log_p - log_q)
    return torch.stack(rows)


def drawn(model, x, k, seed=0):
    """The draws that the model makes from this seed, [k, b, d]."""
    mu, log_var = model.posterior(x)
    noise = torch.randn(k, *mu.shape, generator=torch.Generator().manual_seed(seed))
    return mu + noise * (0.5 * log_var).exp()


def test_one_draw_is_the_elbo_and_many_are_the_papers_formula():
    for k in (1, 7):
        model = built("iwae", k=k, latent=3)
        weights = naive_log_weights(model, X, drawn(model, X, k)).detach().exp()  # 36 pixels: e^-25 is no underflow
        bound = sum(math.log(sum(float(w) for w in column) / k) for column in weights.T) / len(X)
        found = model(X, torch.Generator().manual_seed(0))
        assert list(found) == ["negative_bound"]
        assert found["negative_bound"].item() == pytest.approx(-bound, rel=1e-5)
    one, vae = built("iwae", k=1, latent=3), built("vae", latent=3)
    vae.load_state_dict(one.state_dict())
    many = X.repeat(2000, 1, 1, 1)  # the KL is exact in one and sampled in the other
    elbo = -sum(vae(many, torch.Generator().manual_seed(0)).values())
    assert one(many, torch.Generator().manual_seed(0))["negative_bound"].item() == pytest.approx(-elbo.item(), abs=0.05)


def test_the_gradient_weights_each_draw_by_its_share():
    model = built("iwae", k=6, latent=3)
    model(X, torch.Generator().manual_seed(0))["negative_bound"].backward()
    found = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    log_w = naive_log_weights(model, X, drawn(model, X, 6))
    share = (log_w - log_w.logsumexp(0)).exp().detach()
    (-(share * log_w).sum(0).mean()).backward()
    for ours, naive in zip(found, (p.grad for p in model.parameters()), strict=True):
        torch.testing.assert_close(ours, naive, rtol=1e-3, atol=1e-5)


def test_the_bound_rises_with_k():
    model = built("iwae", k=1, latent=3)
    with torch.no_grad():
        model.heads.weight.mul_(4)  # a posterior far from the true one, so that there is something to gain
        many = X.repeat(500, 1, 1, 1)
        bounds = [
            (model.log_weights(many, k, torch.Generator().manual_seed(0)).logsumexp(0) - math.log(k)).mean()
            for k in (1, 5, 25, 125)
        ]
    assert all(low < high for low, high in pairwise(bounds))


def test_binarised_pixels_are_black_or_white_and_drawn_anew():
    dynamic, static = (built("vae", binarise=kind) for kind in ("dynamic", "static"))
    many = torch.full((1, 1, 100, 100), 0.3)
    first, second = (dynamic.observe(many, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert first.mean().item() == pytest.approx(0.3, abs=0.02)
    assert not torch.equal(first, second)
    assert torch.equal(static.observe(X), (X > 0.5).float())
    assert torch.equal(built("vae").observe(X), X)
    truth = naive_log_weights(static, (X > 0.5).float(), drawn(static, (X > 0.5).float(), 1))[0]
    said = static.values(X, torch.Generator().manual_seed(0))
    mu, log_var = static.posterior((X > 0.5).float())
    z = drawn(static, (X > 0.5).float(), 1)[0]
    sampled = (Normal(mu, (0.5 * log_var).exp()).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1)
    assert torch.allclose(-said["distortion"], truth + sampled, rtol=1e-4)
    assert torch.allclose(said["rate"], kl_to_prior(mu, log_var).sum(1))


def test_a_density_of_black_and_white_pixels_is_refused():
    with pytest.raises(ValueError, match="binarise static needs the bernoulli likelihood"):
        built("vae", likelihood="gaussian", binarise="static")


class PPCA(VAE):
    """Probabilistic PCA (Tipping & Bishop 1999): x = W z + m + noise.  Its log p(x) and its posterior are known.

    `wrong` shifts the posterior that is drawn from, in deviations.
    """

    NOISE = 0.1

    def __init__(self, d=36, latent=3, wrong=0.0):
        super().__init__(
            networks.build(Form("images", (1, 6, 6)), Config(objective="vae", network=SMALL).network),
            VAE.Config(latent=latent),
        )
        generator = torch.Generator().manual_seed(3)
        self.w, self.m = 0.1 * torch.randn(d, latent, generator=generator), torch.full((d,), 0.5)
        self.wrong = wrong

    def posterior(self, x):
        inverse = torch.linalg.inv(self.w.T @ self.w / self.NOISE**2 + torch.eye(self.w.shape[1]))
        # the exact posterior has correlations; the diagonal of its precision is the best factorised one
        mu = (x.flatten(1) - self.m) @ self.w @ inverse.T / self.NOISE**2
        log_var = -torch.diagonal(torch.linalg.inv(inverse)).log().expand_as(mu)
        return mu + self.wrong * (0.5 * log_var).exp(), log_var

    def distortion(self, x, z):
        return -Normal(z @ self.w.T + self.m, self.NOISE).log_prob(x.flatten(1)).sum(-1)

    def truth(self, x):
        covariance = self.w @ self.w.T + self.NOISE**2 * torch.eye(len(self.m))
        return torch.distributions.MultivariateNormal(self.m, covariance).log_prob(x.flatten(1))


@pytest.mark.parametrize("wrong", [0.0, 0.7])
def test_bounds_reach_the_known_likelihood_of_probabilistic_pca_from_below(wrong):
    model = PPCA(wrong=wrong)
    pixels = torch.randint(60, 200, (60, 1, 6, 6), generator=torch.Generator().manual_seed(5), dtype=torch.uint8)
    truth = model.truth(pixels.float() / 255).mean().item()
    found = likelihood.bounds(model, pixels, (1, 10, 100, 5000))
    gaps = [truth - row["bound"] for row in found["bounds"]]
    assert gaps == sorted(gaps, reverse=True)  # by Jensen, in every sample, since each k divides the next
    assert gaps[0] > 0.01 + 0.2 * wrong
    assert -0.01 < gaps[-1] < 0.02
    assert found["elbo"] == pytest.approx(found["bounds"][0]["bound"])
    mu, log_var = model.posterior(pixels.float() / 255)
    spread = (model.w.square().sum(0) * log_var.exp()).sum(1) / (2 * model.NOISE**2)
    exact = -model.distortion(pixels.float() / 255, mu) - spread - kl_to_prior(mu, log_var).sum(1)
    assert found["elbo"] == pytest.approx(exact.mean().item(), abs=0.02)


def test_equal_weights_count_in_full_and_one_heavy_weight_alone():
    even, heavy = torch.zeros(20, 1, dtype=torch.float64), torch.zeros(20, 1, dtype=torch.float64)
    heavy[::10] = 800.0  # e^800 is no double
    for k in (1, 10, 20):
        bound, effective, largest = likelihood.of_groups(even, k)[:, 0].tolist()
        assert (bound, effective, largest) == pytest.approx((0, k, 1 / k))
    bound, effective, largest = likelihood.of_groups(heavy, 10)[:, 0].tolist()
    assert (bound, effective, largest) == pytest.approx((800 - math.log(10), 1, 1))


def test_an_image_unlike_all_others_is_unlikely_and_not_nan():
    model = built("vae", latent=3, binarise="dynamic").eval()
    with torch.no_grad():
        model.heads.weight.mul_(1e4)  # as far as the heads of a trained model may throw one image
    assert model.heads(model.encoder(X)).max() > 200  # e^200 is no float32
    pixels = (255 * X).to(torch.uint8)
    found = likelihood.bounds(model, pixels, (10,))
    assert -math.inf < found["elbo"] < found["bounds"][0]["bound"] < -1e3
    assert not sum(model.train()(X).values()).isfinite()  # in training it would be hidden


@pytest.mark.parametrize("layer_norm", [False, True])
def test_layer_norm_bounds_the_code_of_any_image(layer_norm):
    torch.manual_seed(0)
    model = Config(objective="vae", network=SMALL | {"layer_norm": layer_norm}).build(Form("images", (1, 6, 6)))
    mu, log_var = model.posterior(1e6 * X)
    reach = 4 * model.heads.weight.norm(dim=1).max() + 1  # |h| is the root of its 16 dimensions
    assert (max(mu.abs().max(), log_var.abs().max()) < reach) == layer_norm


def test_a_dimension_that_says_nothing_is_not_in_use():
    model = built("vae", latent=4)
    with torch.no_grad():
        model.heads.weight[1] = 0  # the mean of dimension 1 is the same for every image
        model.heads.bias[1] = 2.0
    found = likelihood.units(model, torch.randint(0, 256, (50, 1, 6, 6), dtype=torch.uint8))
    assert found["variance"][1] == pytest.approx(0, abs=1e-9)
    assert found["kl"][1] > 1.9  # far from the prior, and of no use
    assert found["active"] == sum(v > latent.ACTIVE for v in found["variance"])


def test_draws_have_a_limit():
    with pytest.raises(ValueError, match=r"must each lie in 1..5000"):
        likelihood.bounds(built("vae"), torch.zeros(1, 1, 6, 6, dtype=torch.uint8), (1, 10_000))

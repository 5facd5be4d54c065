"""Words of the home page."""

LEAD = (
    "See what self-supervised models learn: autoencoders, variational autoencoders and contrastive models, trained by "
    "this code on real images. Every picture here is computed from one of the runs below, and says which."
)
TOUR = (
    (
        "A path through it",
        "Three pages, one idea each: **squeeze** images through a narrow code, **sample** new ones from it, then learn "
        "with nothing to rebuild at all.",
    ),
    (
        "The runs",
        "Each card is a trained model; its picture is the map of its code, coloured by a class it was never told. Read "
        "its accuracy **beside the baselines** in grey: raw pixels are hard to beat.",
    ),
    (
        "Train your own",
        "A minute or two on a laptop makes a run of your own, on your own folder of images too. It appears here as "
        "soon as it has begun.",
    ),
)
STEPS: tuple[tuple[int, str, dict[str, str]], ...] = (  # a page, what it is about, what its link asks for
    (1, "**Squeeze.** An autoencoder puts similar images together, without a label.", {"run": "ae-fashion"}),
    (2, "**Sample.** Random codes of an autoencoder are gibberish; a VAE's are garments.", {"run": "vae-fashion"}),
    (5, "**Contrast.** Only two views and a temperature: what τ makes of the negatives.", {}),
)
COMMANDS = "\n".join(
    f"python -m sslcore {command}"
    for command in ("train vae --data fashion-mnist --epochs 20 --name my-vae", "evaluate my-vae", "project my-vae")
)
OWN = (
    "The Training page has a form with every option, takes **your own images** as a folder or a .zip, and shows the "
    "model learn. On a command line, `--data` takes a name (digits, sprites, mnist, fashion-mnist, cifar10) or a path. "
    "A run appears here as soon as it has begun."
)

"""Trains with Lightning and with Keras as a user does; run in an environment that has PyTorch."""

import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import treadle

treadle.autolog()  # before the libraries are imported, and for those that never are

import torch  # noqa: E402

torch.manual_seed(0)
X = torch.randn(256, 4)
y = (X @ torch.tensor([1.0, 2.0, 3.0, 0.0]) > 0).float()


def lightning():
    import pytorch_lightning
    from torch.nn.functional import binary_cross_entropy_with_logits
    from torch.utils.data import DataLoader, TensorDataset

    class Net(pytorch_lightning.LightningModule):
        def __init__(self, width=8, rate=0.01):
            super().__init__()
            self.save_hyperparameters()
            self.net = torch.nn.Sequential(
                torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, 1)
            )

        def loss(self, batch):
            return binary_cross_entropy_with_logits(self.net(batch[0]).squeeze(1), batch[1])

        def training_step(self, batch, number):
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            if sys.argv[2:] == ["break"] and self.current_epoch == 1:
                raise ValueError("a batch that cannot be")
            return loss

        def validation_step(self, batch, number):
            self.log("val_loss", self.loss(batch))

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=self.hparams.rate)

    data = DataLoader(TensorDataset(X, y), batch_size=32)
    trainer = pytorch_lightning.Trainer(
        max_epochs=3,
        log_every_n_steps=4,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        logger=False,
    )
    trainer.fit(Net(), data, data)
    assert trainer.loggers == []
    assert [path.name for path in Path("checkpoints").iterdir()] == [
        "epoch=2-step=24.ckpt"
    ]  # as without us


def keras():
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    seen = []
    own = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    model.fit(
        X.numpy(),
        y.numpy(),
        epochs=3,
        batch_size=32,
        validation_split=0.25,
        verbose=0,
        callbacks=own,
    )
    assert seen == [0, 1, 2]


def tensors():
    warnings.simplefilter("error")
    with treadle.start_run("tensors") as run:
        loss = (torch.ones((), requires_grad=True) * 2).to(torch.bfloat16)
        run.log_metric("loss", loss)
        run.log_metrics(
            {"val": {"one": torch.full((1, 1), 0.5)}, "count": torch.tensor(3)},
            step=torch.tensor(4),
        )
        run.log_series("series", torch.tensor([1.0, 2.0], requires_grad=True))
        run.log_params(
            {"rate": torch.tensor(0.5), "dtype": torch.bfloat16, "weights": torch.ones(2)}
        )
        try:
            run.log_metric("loss", torch.ones(3))
        except ValueError as error:
            assert str(error) == "Metric 'loss': tensor([1., 1., 1.]) is not a number."


globals()[sys.argv[1]]()

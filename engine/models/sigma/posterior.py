"""The posterior of a sequence: two causal Transformers of one structure, equation (11)."""

from torch import Tensor, nn

from engine.models.blocks.transformer import transformer_of
from engine.models.sigma.settings import SigmaSettings


class SequencePosterior(nn.Module):
    """μ_t = Enc_μ(x)_t and log σ²_t = Enc_σ(x)_t.

    Both encoders end in a LayerNorm, so their entries are near 1 in size; the bias of Enc_σ's puts
    log σ² where the settings want it to start.
    """

    def __init__(self, settings: SigmaSettings) -> None:
        super().__init__()
        self.mu_encoder = transformer_of(settings)
        self.log_var_encoder = transformer_of(settings)
        nn.init.constant_(self.log_var_encoder.norm.bias, settings.posterior_log_var)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: input [B, T, D]. Returns μ and log σ², each [B, T, D]."""
        return self.mu_encoder(x), self.log_var_encoder(x)

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Plan:
    tile: int | None = None
    on_disk: bool = False
    memory: int = 0
    disk: int = 0
    seconds: float | None = None

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, values):
        return cls(**values)


def plan_dreams(network, dreams, memory=None, count=1):
    return Plan()

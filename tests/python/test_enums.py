"""The names of connector types in the SDK are those of the unmodified client."""

import json
import subprocess

from conftest import NODE, ROOT

PRINT = "import('./packages/sdk/src/index.ts').then(({ SourceType, DestinationType }) => console.log(JSON.stringify([SourceType, DestinationType])))"


def test_connector_types():
    """PROMISE-SDK-ENUMS: SourceType and DestinationType have the names and values of nexla-sdk 1.0.8, no more and no fewer."""
    from nexla_sdk.models.destinations.enums import DestinationType
    from nexla_sdk.models.sources.enums import SourceType

    printed = subprocess.run([str(NODE), "-e", PRINT], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    expected = [{member.name: member.value for member in enum} for enum in (SourceType, DestinationType)]
    assert json.loads(printed.stdout) == expected
    assert [len(names) for names in expected] == [28, 55]

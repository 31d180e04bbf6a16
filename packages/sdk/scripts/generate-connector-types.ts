import { writeFile } from 'node:fs/promises'
import { connectorSpecs } from './connector-specs.ts'
import { connectorTypes } from './connector-types.ts'

/** Writes src/connector-types.gen.ts. Run it after a connector's spec has changed. */
const text = connectorTypes(await connectorSpecs())
await writeFile(new URL('../src/connector-types.gen.ts', import.meta.url), text)

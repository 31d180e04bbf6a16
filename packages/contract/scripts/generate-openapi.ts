import { writeFile } from 'node:fs/promises'
import { openapi } from '../src/openapi.ts'

/** Writes openapi.json beside this package's sources. Run it after every change of the route table. */
await writeFile(new URL('../openapi.json', import.meta.url), `${JSON.stringify(openapi(), null, 2)}\n`)

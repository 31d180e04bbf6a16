import type { JsonObject } from '@leat/connector-kit'
import { chaos } from '../src/index.ts'

/* A delivery in a process of its own, told to die somewhere: write, prepare, (the ledger stores the token), commit. */

const { credentials, options } = JSON.parse(process.argv[2] ?? '') as { credentials: JsonObject; options: JsonObject }
const signal = new AbortController().signal
const driver = await chaos.load()
await using connection = await driver.connect(credentials, { allowedFolders: [], signal })
const writer = await connection.openWriter!({ id: 'sink-1', epoch: 1, options, schema: { fields: [] }, signal })
await writer.write({ kind: 'rows', schema: { fields: [] }, rows: [{ id: '1' }, { id: '2' }] })
const token = await writer.prepare()
process.stdout.write(`${JSON.stringify(token)}\n`, () => {})
await writer.commit(token)
await writer[Symbol.asyncDispose]()
process.stdout.write('done\n')

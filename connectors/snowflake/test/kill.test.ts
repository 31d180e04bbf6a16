import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import path from 'node:path'
import { after, test } from 'node:test'
import { requireConfig, type JsonObject, type Schema, type Token } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import { connect } from '../src/snowflake-driver.ts'
import { snowflake } from '../src/snowflake.connector.ts'
import type { DeliveryJob } from './delivery.process.ts'
import { loginOf } from './snowflake-place.ts'

const found = await peer('fakesnow')
const signal = new AbortController().signal
const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
    { name: 'name', type: { kind: 'scalar', name: 'VARCHAR' } },
  ],
}
const rows = Array.from({ length: 20 }, (_, id) => ({ id: String(id), name: `row ${id}` }))

/** Where the process dies, and whether it had told its token by then (step 3 of a delivery). */
const points: readonly (readonly [kill: DeliveryJob['kill'], hasToken: boolean])[] = [
  [{ at: '^CREATE TRANSIENT TABLE', when: 'after' }, false],
  [{ at: '^PUT ', when: 'after' }, false],
  [{ at: '^COPY INTO', when: 'after' }, false],
  [{ at: '^BEGIN', when: 'before' }, true],
  [{ at: '^BEGIN', when: 'after' }, true],
  [{ at: '^(MERGE|INSERT) INTO .*"OUT_', when: 'before' }, true],
  [{ at: '^(MERGE|INSERT) INTO .*"OUT_', when: 'after' }, true],
  [{ at: '^COMMIT', when: 'before' }, true],
  [{ at: '^COMMIT', when: 'after' }, true],
  [{ at: '^DROP TABLE', when: 'after' }, true],
]

if (isMissing(found)) test('snowflake survives kills', { skip: found.missing })
else {
  const server = await found.start()
  after(() => server.stop())
  const credentials = requireConfig(snowflake.credentials!, snowflake.aliases?.credentials, loginOf(server))
  let number = 0

  for (const load of ['append', 'merge'] as const)
    for (const [kill, hasToken] of points)
      test(`PROMISE-SNOWFLAKE-ONCE ${load}: killed ${kill.when} ${kill.at}, every row is there once`, async () => {
        const table = `OUT_${++number}`
        const options = requireConfig(
          snowflake.sink!.options,
          {},
          {
            table,
            load_type: load,
            key_columns: ['id'],
            create_destination: true,
          },
        )
        const told = await killedDelivery({ credentials, options, schema, rows, epoch: 1, kill })
        assert.equal(told !== null, hasToken, 'the process died where it should')
        await using connection = await connect(credentials, { allowedFolders: [], signal })
        await using writer = await connection.openWriter!({ id: 'sink-1', epoch: 2, options, schema, signal })
        await writer.sweep!(told === null ? [] : [told])
        if (told === null) {
          await writer.write({ kind: 'rows', schema, rows })
          await writer.commit(await writer.prepare())
        } else {
          await writer.commit(told)
          await writer.commit(told)
        }
        const landed = await server.query(`SELECT ID, NAME FROM RAW.STAGING.${table} ORDER BY ID`)
        assert.deepEqual(
          landed,
          rows.map(({ id, name }) => ({ ID: Number(id), NAME: name })),
        )
        const left = await server.query(
          `SELECT table_name AS n FROM information_schema.tables WHERE table_name LIKE '\\_leat\\_stage%' ESCAPE '\\'`,
        )
        assert.deepEqual(left, [])
      })

  async function killedDelivery(job: DeliveryJob & { readonly options: JsonObject }): Promise<Token | null> {
    const script = path.join(import.meta.dirname, 'delivery.process.ts')
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, LEAT_DELIVERY: JSON.stringify(job) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output, [, ended]] = await Promise.all([
      text(child.stdout),
      once(child, 'exit') as Promise<[unknown, string]>,
    ])
    assert.equal(ended, 'SIGKILL')
    return output === '' ? null : (JSON.parse(output) as Token)
  }
}

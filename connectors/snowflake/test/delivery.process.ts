/**
 * One delivery in a process of its own, which kills itself with SIGKILL just before or just after the first statement that matches. Prints the token
 * as soon as there is one: that is what a ledger would know.
 */
import { writeSync } from 'node:fs'
import type { JsonObject, Schema } from '@leat/connector-kit'
import { connect } from '../src/snowflake-driver.ts'
import { SnowflakeSession } from '../src/snowflake-session.ts'

export interface DeliveryJob {
  readonly credentials: JsonObject
  readonly options: JsonObject
  readonly schema: Schema
  readonly rows: readonly JsonObject[]
  readonly epoch: number
  readonly kill: { readonly at: string; readonly when: 'before' | 'after' }
}

const job = JSON.parse(process.env['LEAT_DELIVERY'] ?? '') as DeliveryJob
const at = new RegExp(job.kill.at)
const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}
for (const method of ['run', 'rows', 'table'] as const) {
  const plain = SnowflakeSession.prototype[method] as (this: SnowflakeSession, sql: string) => Promise<never>
  SnowflakeSession.prototype[method] = async function (this: SnowflakeSession, sql: string) {
    if (job.kill.when === 'before' && at.test(sql)) die()
    const result = await plain.call(this, sql)
    if (job.kill.when === 'after' && at.test(sql)) die()
    return result
  }
}

const signal = new AbortController().signal
const { options, schema, rows, epoch } = job
await using connection = await connect(job.credentials, { allowedFolders: [], signal })
await using writer = await connection.openWriter!({ id: 'sink-1', epoch, options, schema, signal })
await writer.write({ kind: 'rows', schema, rows })
const token = await writer.prepare()
writeSync(1, `${JSON.stringify(token)}\n`)
await writer.commit(token)

import { isStagedLost, type Connector, type JsonObject, type Token, type WriterRequest } from '../src/index.ts'
import { Subject } from './subject.ts'

/* The other process of law 7: knows nothing but what was stored, commits one token and ends. */

interface Job {
  readonly module: string
  readonly name: string
  readonly credentials: JsonObject
  readonly context: JsonObject
  readonly request: Omit<WriterRequest, 'signal'>
  readonly token: Token
}

const job = JSON.parse(process.env['LEAT_CONFORMANCE_JOB'] ?? '') as Job
const module = (await import(job.module)) as Record<string, Connector>
const connector = module[job.name]
if (connector === undefined) throw new Error(`${job.module} exports no "${job.name}"`)
const conditions = { credentials: job.credentials, context: job.context, [Symbol.asyncDispose]: async () => {} }
await using connection = await new Subject(connector, conditions).connect()
const request = { ...job.request, signal: new AbortController().signal }
await using writer = (await connection.openWriter?.(request)) ?? null
try {
  await writer?.commit(job.token)
} catch (thrown) {
  if (!isStagedLost(thrown) || connector.sink?.staging !== 'transaction') throw thrown
  console.log('lost')
}

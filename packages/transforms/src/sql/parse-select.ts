import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import { configFault } from '../config-fault.ts'

/** DuckDB's own syntax tree, as `json_serialize_sql` gives it. */
export type Tree = { readonly [key: string]: unknown }

const patienceMs = 20_000
let thread: { readonly port: MessagePort; readonly ready: Int32Array } | null = null

/**
 * The tree of one SELECT; a config fault for anything else. Compiling a transform is synchronous while DuckDB's Node binding is
 * not, so a thread parses and this one waits for it (about 100 ms for the first statement, below 1 ms afterwards).
 */
export function parseSelect(sql: string, field: string): Tree {
  const answer = ask(sql)
  if ('failed' in answer) throw configFault('sql_invalid', field, answer.failed)
  const parsed = JSON.parse(answer.ok) as {
    error: boolean
    error_type?: string
    error_message?: string
    position?: string
    statements?: readonly { node?: unknown }[]
  }
  if (parsed.error) {
    const place = parsed.position === undefined ? '' : ` (character ${Number(parsed.position) + 1})`
    const only =
      parsed.error_type === 'not implemented'
        ? 'only one SELECT statement is allowed here'
        : `${parsed.error_message ?? 'cannot be parsed'}${place}`
    throw configFault('sql_invalid', field, only)
  }
  const [statement, ...more] = parsed.statements ?? []
  if (statement?.node === undefined || more.length > 0)
    throw configFault('sql_invalid', field, 'exactly one SELECT statement is allowed here')
  return statement as Tree
}

function ask(sql: string): { ok: string } | { failed: string } {
  thread ??= start()
  Atomics.store(thread.ready, 0, 0)
  thread.port.postMessage(sql)
  if (Atomics.wait(thread.ready, 0, 0, patienceMs) === 'timed-out') {
    thread = null
    throw new Error(`the SQL parser gave no answer within ${patienceMs} ms`)
  }
  const received = receiveMessageOnPort(thread.port) as { message: { ok: string } | { failed: string } } | undefined
  if (received === undefined) throw new Error('the SQL parser gave no answer')
  return received.message
}

function start(): { readonly port: MessagePort; readonly ready: Int32Array } {
  const { port1, port2 } = new MessageChannel()
  const ready = new Int32Array(new SharedArrayBuffer(4))
  const file = import.meta.url.endsWith('.ts') ? './parser-thread.ts' : './parser-thread.js'
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: { port: port2, ready },
    transferList: [port2],
  })
  worker.unref()
  port1.unref()
  return { port: port1, ready }
}

import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { DuckDBInstance } from '@duckdb/node-api'

/** Parses statements for `parse-select.ts` in a DuckDB of its own: no data, no external access, no configuration left open. */
const { port, ready } = workerData as { port: MessagePort; ready: Int32Array }
const instance = await DuckDBInstance.create(':memory:', {
  threads: '1',
  enable_external_access: 'false',
  lock_configuration: 'true',
})
const connection = await instance.connect()

port.on('message', (sql: string) => {
  void parse(sql).then((answer) => {
    port.postMessage(answer)
    Atomics.store(ready, 0, 1)
    Atomics.notify(ready, 0)
  })
})
parentPort?.unref()

async function parse(sql: string): Promise<{ ok: string } | { failed: string }> {
  try {
    const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
    return { ok: String(reader.getRowsJson()[0]?.[0]) }
  } catch (thrown) {
    return { failed: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openDuckDb } from '@leat/engine'
import { removeData } from './own-server.ts'
import { isRunning, ServerProcess } from './server-process.ts'

const files = 24
const recordsPerFile = 4000

test('PROMISE-KILL-9: workers killed all the time lose and double nothing on the way from files to files', async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'leat-flow-kill-'))
  const [data, input, output] = ['data', 'in', 'out'].map((name) => join(base, name)) as [string, string, string]
  await Promise.all([mkdir(input), mkdir(output)])
  for (let file = 0; file < files; file++) {
    // Text that does not compress keeps the files above the size that is grouped, so that a run is several jobs.
    const lines = Array.from({ length: recordsPerFile }, (_, row) =>
      JSON.stringify({ id: file * recordsPerFile + row, filler: 'x'.repeat(500), keep: row % 4 !== 0 }),
    )
    await writeFile(join(input, `f${file}.json`), `${lines.join('\n')}\n`)
  }
  const server = new ServerProcess(['start', '--data', data, '--port', '0', '--workers', '2'], {
    LEAT_LOCAL_FOLDERS: `${input}:${output}`,
  })
  t.after(async () => {
    await server.end('SIGTERM')
    await removeData(data, base)
  })
  // Every other job that touches data is killed at some moment of its first half second, until six were.
  let [kills, jobs] = [0, 0]
  server.onLine = ({ event, queue, pid }) => {
    if (event !== 'job started' || queue === 'list' || kills >= 6 || ++jobs % 2 === 0) return
    kills++
    setTimeout(
      () => void isRunning(Number(pid)).then((alive) => alive && process.kill(Number(pid), 'SIGKILL')),
      Math.random() * 500,
    )
  }
  const api = `${await server.address()}/api`
  const key = (await readFile(join(data, 'service-key'), 'utf8')).trim()
  const call = async <T>(method: string, path: string, body?: object, authorization?: string): Promise<T> => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { authorization: authorization ?? `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${text}`)
    return JSON.parse(text) as T
  }
  let token = ''
  token = (await call<{ access_token: string }>('POST', '/token', undefined, `Basic ${key}`)).access_token
  const source = await call<{ id: number }>('POST', '/data_sources', {
    name: 'in',
    source_type: 'local_file',
    source_config: { path: input },
  })
  await call('PUT', `/data_sources/${source.id}/activate`)
  // An activation waits 5 s for the first detection; workers that are killed can take longer.
  let nexset: { id: number } | undefined
  while ((nexset = (await call<{ id: number }[]>('GET', '/data_sets'))[0]) === undefined) await pause(100)
  const child = await call<{ id: number }>('POST', '/data_sets', {
    name: 'kept',
    parent_data_set_id: nexset.id,
    transform: { version: 1, operations: [{ operation: 'filter', condition: 'keep = true' }] },
  })
  await call('PUT', `/data_sets/${child.id}/activate`)
  const sink = await call<{ id: number }>('POST', '/data_sinks', {
    name: 'out',
    sink_type: 'local_file',
    data_set_id: child.id,
    sink_config: { path: output, data_format: 'parquet' },
  })
  await call('PUT', `/data_sinks/${sink.id}/activate`)

  for (;;) {
    const [run] = await call<{ status: string; followers_caught_up: boolean; problem: unknown }[]>('GET', '/runs')
    assert.notEqual(run?.status, 'FAILED', JSON.stringify(run))
    if (run?.status === 'DONE' && run.followers_caught_up) break
    await pause(200)
  }
  assert.ok(kills > 2, `${kills} kills`)
  t.diagnostic(`${kills} workers were killed`)
  await using compute = await openDuckDb({ threads: 1, memoryMb: 200, scratch: base, folders: [] })
  await using session = await compute.session()
  const [found] = await session.rows(
    `SELECT count(*)::INT AS rows, count(DISTINCT id)::INT AS ids FROM read_parquet('${output}/**/*.parquet')`,
  )
  const expected = (files * recordsPerFile * 3) / 4
  assert.deepEqual(found, { rows: expected, ids: expected })
  assert.ok((await readdir(output)).length > 0)
})

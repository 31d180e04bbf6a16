import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiClient } from './api-client.ts'
import { ServerProcess } from './server-process.ts'

test('PROMISE-GUARDED-CONNECTORS: a whole server with LEAT_NETWORK_DENY=private reaches nothing private, and works', async () => {
  const data = await mkdtemp(join(tmpdir(), 'leat-deny-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(data, { recursive: true, force: true }))
  let visits = 0
  const service = createServer((socket) => (visits++, socket.destroy()))
  await once(service.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => void service.close())
  const { port } = service.address() as AddressInfo
  const files = join(data, 'files')
  await mkdir(files)
  await writeFile(join(files, 'a.json'), '{"id":1}\n{"id":2}\n')
  const settings = { LEAT_DATA: data, LEAT_PORT: '0', LEAT_WORKERS: '1', LEAT_LOCAL_FOLDERS: files }
  const server = stack.adopt(
    new ServerProcess(['start'], { ...settings, LEAT_NETWORK_DENY: 'private' }),
    async (running) => void (await running.end('SIGTERM')),
  )
  const api = await ApiClient.open(server, data)

  const secret = { access_key: 'AKIAEXAMPLE', secret_key: 'secret' }
  const login = { username: 'u', password: 'secret' }
  for (const [type, credentials] of [
    ['s3', { ...secret, endpoint: `http://127.0.0.1:${port}`, 'test.path': 'b' }],
    ['postgres', { ...login, host: '127.0.0.1', port, database_name: 'd', ssl_mode: 'disable' }],
    ['snowflake', { ...login, account: 'a', access_url: `http://127.0.0.1:${port}` }],
    ['rest', { 'auth.type': 'NONE', 'test.url': `http://localhost:${port}/` }],
  ] as const) {
    const { id } = await api.call<{ id: number }>('POST', '/data_credentials', {
      name: type,
      credentials_type: type,
      credentials,
    })
    const { text } = await api.ask('GET', `/data_credentials/${id}/probe`)
    assert.match(text, /LEAT_NETWORK_DENY/, `${type}: ${text}`)
  }
  // A run says the same as a probe does.
  const { id } = await api.call<{ id: number }>('POST', '/data_sources', {
    name: 'pages',
    source_type: 'rest',
    source_config: {},
    template_config: { request: { method: 'GET', url: `http://127.0.0.1:${port}/items` } },
  })
  assert.match((await api.ask('PUT', `/data_sources/${id}/activate`)).text, /LEAT_NETWORK_DENY/)
  assert.equal(visits, 0)

  // Its own database, and what comes to it, are not what connectors reach.
  const source = await api.call<{ id: number }>('POST', '/data_sources', {
    name: 'files',
    source_type: 'local_file',
    source_config: { path: files, file_format: 'json' },
  })
  await api.call('PUT', `/data_sources/${source.id}/activate`)
  assert.equal(await api.rows(await api.nexsetOf(source.id), 2), 2)
  const hook = await api.webhook('posted')
  const posted = await fetch(`${hook.hosted_url}?api_key=${hook.api_keys[0]?.api_key}`, {
    method: 'POST',
    body: '{"id":3}',
  })
  assert.equal(posted.status, 200)
})

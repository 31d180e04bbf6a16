import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type JsonObject, secretKeys } from '@leat/connector-kit'
import pg from 'pg'
import { connectors } from '../src/connectors.gen.ts'
import type { ApiClient } from './api-client.ts'
import { OwnServer } from './own-server.ts'
import { postmasterPort } from './server-process.ts'

/** Nothing listens there, so that every probe and run fails, and says so in as many words as it has. */
const nowhere = '127.0.0.1'
const port = 9

/** What makes each credential complete, beside its secrets. */
const complete: Readonly<Record<string, JsonObject>> = {
  s3: { access_key: 'AKIAEXAMPLE', endpoint: `http://${nowhere}:${port}`, 'test.path': 'b' },
  min_io_s3: { access_key: 'AKIAEXAMPLE', nx_external_host: `http://${nowhere}:${port}`, 'test.path': 'b' },
  postgres: { host: nowhere, port, username: 'u', database_name: 'd' },
  snowflake: { account: 'a', username: 'u', access_url: `http://${nowhere}:${port}`, 'snowflake.auth.type': 'basic' },
  rest: { 'auth.type': 'BASIC', 'basic.username': 'u', 'test.url': `http://${nowhere}:${port}/` },
}

const sources: Readonly<Record<string, JsonObject>> = {
  s3: { path: 'b/raw' },
  min_io_s3: { path: 'b/raw' },
  postgres: { table: 't' },
  snowflake: { table: 't' },
  rest: { template_config: { request: { method: 'GET', url: `http://${nowhere}:${port}/items` } } },
}

/** What a source needs beside a secret option. */
const readable: Readonly<Record<string, JsonObject>> = {
  local_file: { path: 'nowhere' },
  nexla_rest: { 'webhook.auth_type': 'Payload Hash', hash_algorithm: 'HmacSHA256', hash_request_param: 'X-Signature' },
}

let server: OwnServer
let api: ApiClient
let data: string
before(async () => {
  server = await OwnServer.start('secrets')
  ;({ api, data } = server)
})
after(() => server[Symbol.asyncDispose]())

/** Every column of every table of every schema but those of PostgreSQL itself, row by row. */
async function rowsOfDatabase(): Promise<readonly string[]> {
  const cluster = join(data, 'postgres/cluster')
  const password = (await readFile(join(cluster, 'leat-password'), 'utf8')).trim()
  const client = new pg.Client({
    host: nowhere,
    port: (await postmasterPort(data))!,
    user: 'leat',
    password,
    database: 'postgres',
  })
  await client.connect()
  try {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `select table_schema as schema, table_name as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    )
    assert.ok(rows.some(({ schema }) => schema === 'pgboss') && rows.some(({ schema }) => schema === 'leat'))
    const said: string[] = []
    for (const { schema, name } of rows) {
      const found = await client.query<{ row: string }>(`select t::text as row from "${schema}"."${name}" t`)
      said.push(...found.rows.map(({ row }) => `${schema}.${name} ${row}`))
    }
    return said
  } finally {
    await client.end()
  }
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !join(entry.parentPath, '/').includes('/postgres/'))
  return Promise.all(
    files.map(
      async ({ parentPath, name }) => `file ${name} ${(await readFile(join(parentPath, name))).toString('latin1')}`,
    ),
  )
}

test('PROMISE-SECRETS-STAY: no answer, log line, file or column of any table holds a secret of any connector', async () => {
  const planted = new Map<string, string>()
  const said: string[] = []
  /** A credential of each type. */
  const held = new Map<string, number>()
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await api.ask(method, path, body)
    said.push(`${method} ${path} ${answer.status} ${answer.text}`)
    return answer
  }
  const withSecrets = connectors.filter(({ credentials }) => credentials !== undefined)
  assert.deepEqual(Object.keys(complete).toSorted(), withSecrets.map(({ type }) => type).toSorted())
  for (const { type, credentials } of withSecrets) {
    const secrets: Record<string, string> = {}
    for (const key of secretKeys(credentials!)) {
      const secret = `Planted/${type}+${key}=0123456789`
      // A text of JSON with the login in it.
      secrets[key] =
        key === 'nx_external.auth.props' ? JSON.stringify({ access_key_id: 'AKIAEXAMPLE', secret_key: secret }) : secret
      planted.set(`${type} ${key}`, secret)
    }
    // All of them at once: those that do not fit the login are kept too. Otherwise a 400, which must not repeat them either.
    for (const given of [{ ...complete[type], ...secrets, unknown_key: `Planted/${type}+unknown` }, { ...secrets }]) {
      const made = await ask('POST', '/data_credentials', {
        name: `c ${type}`,
        credentials_type: type,
        credentials: given,
      })
      const { id } = JSON.parse(made.text) as { id?: number }
      if (id === undefined) continue
      held.set(type, id)
      await ask('GET', `/data_credentials/${id}?expand=1`)
      await ask('GET', `/data_credentials/${id}/probe`)
      await ask('POST', `/data_credentials/${id}/probe/tree`, { depth: 1 })
      await ask('POST', `/data_credentials/${id}/probe/sample`, { path: 'b/a.json', ...sources[type] })
      await ask('PUT', `/data_credentials/${id}`, { credentials: { ...given, port: 'no number' } })
      const source = await ask('POST', '/data_sources', {
        name: `s ${type}`,
        source_type: type,
        data_credentials_id: id,
        source_config: sources[type],
      })
      const { id: sourceId } = JSON.parse(source.text) as { id?: number }
      assert.ok(sourceId, `${type}: ${source.text}`)
      await ask('PUT', `/data_sources/${sourceId}/activate`)
      await ask('GET', `/data_sources/${sourceId}/runs`)
      await ask('GET', `/data_sources/${sourceId}?expand=1`)
      await ask('GET', `/data_sources/${sourceId}/flow`)
      await ask('GET', `/data_credentials/${id}/audit_log`)
      await ask('GET', `/data_sources/${sourceId}/audit_log`)
      await ask('POST', `/data_credentials/${id}/copy`, {})
    }
    assert.ok(held.has(type), type)
    planted.set(`${type} unknown_key`, `Planted/${type}+unknown`)
  }
  for (const { type, source, aliases } of connectors) {
    const keys = source === undefined ? [] : secretKeys(source.options)
    for (const key of keys) {
      const secret = `Planted/${type}+${key}=0123456789`
      planted.set(`${type} source ${key}`, secret)
      // Under its own name and under another one that it may have.
      const alias = Object.entries(aliases?.source ?? {}).find(([, own]) => own === key)?.[0]
      for (const name of [key, ...(alias === undefined ? [] : [alias])]) {
        const source_config = { ...sources[type], ...readable[type], [name]: secret }
        const made = await ask('POST', '/data_sources', {
          name: `own ${type}`,
          source_type: type,
          source_config,
          ...(held.has(type) && { data_credentials_id: held.get(type) }),
        })
        const { id } = JSON.parse(made.text) as { id?: number }
        assert.ok(id, `${type}: ${made.text}`)
        await ask('PUT', `/data_sources/${id}/activate`)
        await ask('PUT', `/data_sources/${id}`, { source_config: { ...source_config, unknown: 1 } })
        await ask('POST', `/data_sources/${id}/copy`, {})
        await ask('GET', `/data_sources/${id}/audit_log`)
        await ask('GET', `/data_sources/${id}/runs`)
      }
    }
  }
  const hook = await api.webhook('keys')
  for (const { api_key } of hook.api_keys) {
    planted.set('webhook key', api_key)
    const posts = [
      [`?api_key=${api_key}`, {}],
      ['', { authorization: `Basic ${api_key}` }],
      [`?api_key=${api_key}x`, {}],
      ['/no/such/place', { authorization: `Basic ${api_key}` }],
    ] as const
    for (const [query, headers] of posts) {
      const url = `${new URL(hook.hosted_url).origin}${new URL(hook.hosted_url).pathname}${query}`
      said.push(await (await fetch(url, { method: 'POST', headers, body: '{"id":1}' })).text())
    }
  }
  assert.ok(planted.has('webhook key'))
  for (const path of ['/data_credentials', '/flows', '/runs', '/quarantine', '/connectors', '/openapi.json'])
    await ask('GET', path)
  said.push(
    ...(await rowsOfDatabase()),
    ...(await filesOf(data)),
    ...server.process.stderr.split('\n'),
    server.process.stdout,
  )
  assert.ok(planted.size > 20, String(planted.size))
  const found: string[] = []
  for (const [key, secret] of planted)
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].concat(
      ...(['base64', 'base64url', 'hex'] as const).map((encoding) => Buffer.from(secret).toString(encoding)),
    ))
      found.push(...said.filter((text) => text.includes(form)).map((text) => `${key}: ${text.slice(0, 160)}`))
  assert.deepEqual(found, [])
})

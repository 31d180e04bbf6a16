import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { startPlatform, type Platform } from '../../tools/platform.ts'

/** `LEAT_ATTACK_SECONDS=1800 LEAT_ATTACK_SEED=7 node --test tests/typescript/api-attack.test.ts` is the long form. */
const seconds = Number(process.env['LEAT_ATTACK_SECONDS'] ?? 90)
const seed = process.env['LEAT_ATTACK_SEED'] ?? '1'

/**
 * Every check of the tool but:
 * positive_data_acceptance: JSON Schema cannot say what our 400s say (the keys of a connector, that a day exists, that a reference is there);
 * negative_data_rejection: keys that nobody knows are kept and reported, and both clients send numbers and booleans in queries as text;
 * object_level_authorization, ensure_resource_availability, use_after_free: the guard tests try them for every route and role.
 */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'missing_required_header',
  'ignored_auth',
]

/** It would end the token of the attack. Its guards are tested with all others. */
const spared = 'logout'

class Owner {
  readonly #api: string
  token = ''

  constructor({ url }: Platform) {
    this.#api = url
  }

  async login(serviceKey: string): Promise<void> {
    const headers = { authorization: `Basic ${serviceKey}` }
    const answer = await fetch(`${this.#api}/token`, { method: 'POST', headers })
    this.token = ((await answer.json()) as { access_token: string }).access_token
  }

  async call<T = { id: number }>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
    const answer = await fetch(this.#api + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return (await answer.json()) as T
  }
}

/** Something of each kind, so that the attack gets beyond 404. Ids above those that a generator of small numbers tries to delete. */
async function furnish(owner: Owner, folder: string): Promise<Readonly<Record<string, number>>> {
  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'in/a.json'), '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\nbroken\n')
  const credential = { name: 'c', credentials_type: 'rest', credentials: { 'test.url': 'http://127.0.0.1:9/' } }
  const source = { name: 's', source_type: 'local_file', source_config: { path: join(folder, 'in') } }
  const lookup = { name: 'l', map_primary_key: 'key', data_map: [{ key: 'a' }, { key: 'b', value: 1 }] }
  for (let n = 0; n < 8; n++) {
    await owner.call('POST', '/data_credentials', credential)
    await owner.call('POST', '/data_maps', lookup)
    await owner.call('POST', '/data_sources', source)
  }
  const data_credentials = (await owner.call('POST', '/data_credentials', credential)).id
  const data_maps = (await owner.call('POST', '/data_maps', lookup)).id
  const data_sources = (await owner.call('POST', '/data_sources', source)).id
  await owner.call('PUT', `/data_sources/${data_sources}/activate`)
  let data_sets: number | undefined
  while (data_sets === undefined) {
    await pause(50)
    const { data_sets: found } = await owner.call<{ data_sets: { id: number }[] }>(
      'GET',
      `/data_sources/${data_sources}`,
    )
    data_sets = found[0]?.id
  }
  const sink = { name: 'd', sink_type: 'local_file', data_set_id: data_sets }
  const config = { path: join(folder, 'out'), data_format: 'csv' }
  const data_sinks = (await owner.call('POST', '/data_sinks', { ...sink, sink_config: config })).id
  const { flows } = await owner.call<{ flows: { id: number }[] }>('GET', `/data_sources/${data_sources}/flow`)
  const [run] = await owner.call<{ id: number }[]>('GET', `/data_sources/${data_sources}/runs`)
  return { data_credentials, data_sources, data_sets, data_sinks, data_maps, flows: flows[0]!.id, runs: run!.id }
}

/** Deletes are left to chance: what they remove would be missed by the others. */
function configOf(ids: Readonly<Record<string, number>>): string {
  const of = (filter: string, parameters: string) => `[[operations]]\n${filter}\nparameters = { ${parameters} }\n`
  const kinds = Object.entries(ids).map(([kind, id]) =>
    of(`include-path-regex = "^/${kind}/[{]id[}]"\nexclude-method = "DELETE"`, `"path.id" = ${id}`),
  )
  const typed = of(
    'include-path-regex = "[{]resource_type[}]/[{]id[}]"\nexclude-method = "DELETE"',
    `"path.resource_type" = "data_sources", "path.id" = ${ids['data_sources']}`,
  )
  return [...kinds, typed].join('\n')
}

test('PROMISE-API-ATTACK: no request makes the API fail, and every answer is one that its description promises', async (t) => {
  const found = await peer('schemathesis')
  if (isMissing(found)) return t.skip(found.missing)
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(await mkdtemp(join(os.tmpdir(), 'leat-attack-')), (path) => rm(path, { recursive: true }))
  const platform = stack.use(await startPlatform({ env: { LEAT_LOCAL_FOLDERS: folder } }))
  const owner = new Owner(platform)
  await owner.login(platform.serviceKey)
  const config = join(folder, 'schemathesis.toml')
  await writeFile(config, configOf(await furnish(owner, folder)))
  const args = [
    `${platform.url}/openapi.json`,
    '-H',
    `Authorization: Bearer ${owner.token}`,
    '--exclude-operation-id',
    spared,
    '--checks',
    checks.join(','),
    '--phases',
    'coverage,fuzzing',
    '--seed',
    seed,
    '--max-time',
    String(seconds),
    '--generation-database',
    'none',
    // One worker: two of them meet in Python's parser now and then, which then fails.
    '--continue-on-failure',
  ]
  const { passed, report } = await found.run({ args, config })
  const said = /\d+ generated.*/.exec(report)?.[0] ?? 'no summary'
  t.diagnostic(`seed ${seed}, ${seconds} s: ${said}`)
  assert.ok(passed, report.slice(-20_000))
  assert.ok(Number.parseInt(said, 10) > 500, said)
})

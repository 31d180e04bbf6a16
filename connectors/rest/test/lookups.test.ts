import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, type ConnectContext, type LookupEntry } from '@leat/connector-kit'
import { lookupOf } from './lookup-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer } from './scripted-server.ts'

const entry = (key: string): LookupEntry => ({ key, entry: { region: key, language: `l-${key}` } })
const entries = (keys: string): LookupEntry[] => keys.split('').map(entry)

/** Answers with one record that says what it was asked for. */
const echo = () =>
  scriptedServer(({ url }) => ({ body: [{ asked: url.pathname.slice(1), l: url.searchParams.get('l') }] }))

const configOf = (url: string, over: object = {}) => ({
  'rest.iterations': [
    {
      key: 'regions',
      'url.template': `${url}/\${region}?l={map.language}`,
      method: 'GET',
      'iteration.type': 'data.map.key.queue',
      'map.id': '7',
      ...over,
    },
  ],
})

const asked = (records: readonly unknown[]): string =>
  records.map((record) => (record as { asked: string }).asked).join('')

test('PROMISE-LOOKUP-QUEUE: a lookup is read page by page, and each of its entries is asked for once, in the order of the keys', async () => {
  await using server = await echo()
  for (const parallel of [1, 3]) {
    const config = configOf(server.url, { 'request.parallelism.count': parallel })
    const read = await readSource(config, { lookup: lookupOf(entries('gfedcba')) })
    assert.equal(asked(read.records), 'abcdefg')
    assert.deepEqual(read.records[0], { asked: 'a', l: 'l-a' })
    assert.match(read.verdict?.reason ?? '', /Every key of the lookup/)
  }
})

test('PROMISE-LOOKUP-QUEUE: a reading goes on at the entry at which it stopped, whatever entries came and went', async () => {
  await using server = await echo()
  const config = configOf(server.url)
  const before = entries('bdfh')
  const { checkpoints, records } = await readSource(config, { lookup: lookupOf(before), most: 2 })
  assert.equal(asked(records), 'bd')
  const goOn = async (keys: string) =>
    asked((await readSource(config, { lookup: lookupOf(entries(keys)), checkpoint: checkpoints[1]! })).records)
  assert.equal(await goOn('bdfh'), 'fh')
  assert.equal(await goOn('abcdefgh'), 'fgh', 'entries before the place do not move it')
  assert.equal(await goOn('h'), 'h', 'the entry of the place is gone')
  assert.equal(await goOn('bd'), '', 'everything behind the place is gone')
})

test('records of a page of an entry that was deleted do not count for the entry after it', async () => {
  await using server = await scriptedServer(({ url }) => {
    const [, kind, name = ''] = url.pathname.split('/')
    return { body: kind === 'list' ? [1, 2, 3].map((n) => ({ id: `${name}${n}` })) : [{ asked: `${name} ` }] }
  })
  const config = {
    'rest.iterations': [
      { ...configOf(server.url)['rest.iterations'][0]!, 'url.template': `${server.url}/list/{region}` },
      {
        key: 'one',
        'url.template': `${server.url}/one/{step_regions.id}`,
        method: 'GET',
        'iteration.type': 'static.url',
      },
    ],
  }
  const { checkpoints } = await readSource(config, { lookup: lookupOf(entries('ab')), most: 2 })
  const goOn = async (keys: string) =>
    asked((await readSource(config, { lookup: lookupOf(entries(keys)), checkpoint: checkpoints[1]! })).records)
  assert.equal(await goOn('ab'), 'a3 b1 b2 b3 ')
  assert.equal(await goOn('b'), 'b1 b2 b3 ')
})

test('an inner step reads the lookup for each record of the one around it, several at once', async () => {
  await using server = await scriptedServer(({ url }) => ({
    body: url.pathname === '/teams' ? ['x', 'y', 'z'].map((id) => ({ id })) : [{ asked: `${url.pathname.slice(1)} ` }],
  }))
  const config = {
    'rest.iterations': [
      {
        key: 'teams',
        'url.template': `${server.url}/teams`,
        method: 'GET',
        'iteration.type': 'static.url',
        'request.parallelism.count': 3,
      },
      {
        ...configOf(server.url)['rest.iterations'][0]!,
        'url.template': `${server.url}/{step_teams.id}{region}`,
        'request.parallelism.count': 2,
      },
    ],
  }
  const read = await readSource(config, { lookup: lookupOf(entries('abcdefg')) })
  const expected = ['x', 'y', 'z'].flatMap((team) => 'abcdefg'.split('').map((key) => `${team}${key} `))
  assert.equal(asked(read.records), expected.join(''))
})

test('a lookup that cannot be read ends the run before anything is asked, and says which step, which value and what to do', async () => {
  await using server = await echo()
  const missing: ConnectContext['lookup'] = async () => {
    const message = 'There is no lookup 7 in the organisation of this source. Create it.'
    throw new Fault({ kind: 'config', code: 'lookup.missing', message })
  }
  const refused = (lookup: ConnectContext['lookup'] | undefined) =>
    readSource(configOf(server.url), lookup === undefined ? {} : { lookup }).then(
      () => assert.fail('was read'),
      (thrown: Fault) => thrown,
    )
  const fault = await refused(missing)
  assert.deepEqual([fault.kind, fault.code, fault.field], ['config', 'rest.lookup_refused', 'rest.iterations.0.map.id'])
  assert.match(fault.message, /^Step "regions": "map\.id" is 7\. There is no lookup 7 .* Create it\.$/)
  assert.match((await refused(undefined)).message, /map_rows/)
  const away = await refused(async () => {
    throw new Fault({ kind: 'transient', code: 'database.away', message: 'away' })
  })
  assert.equal(away.kind, 'transient')
  assert.equal(server.seen.length, 0)
})

test('an empty lookup asks for nothing', async () => {
  await using server = await echo()
  const read = await readSource(configOf(server.url), { lookup: lookupOf([]) })
  assert.deepEqual([read.records, server.seen.length], [[], 0])
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AuditEntry, Lookup, LookupEntry, ProblemBody } from '@leat/contract'
import { sql } from 'kysely'
import { callersLookups, ownersLookups } from '../src/lookups/lookup-reader.ts'
import { type Member, TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start()
})
after(() => api.stop())

const events = [
  { eventId: '0', description: 'Search Event' },
  { eventId: '1', description: 'Checkout Event' },
  { eventId: '10', description: 'Return Event' },
]

async function create(over: object = {}): Promise<Lookup> {
  const body = { name: 'Events', data_type: 'string', map_primary_key: 'eventId', ...over }
  const answer = await api.call<Lookup>('POST', '/data_maps', { body })
  assert.equal(answer.status, 200)
  return answer.body
}

const entriesOf = (id: number, keys: string, query = '') =>
  api.call<LookupEntry[]>('GET', `/data_maps/${id}/entries/${encodeURIComponent(keys)}${query}`)
const put = (id: number, entries: readonly unknown[]) =>
  api.call<LookupEntry[]>('PUT', `/data_maps/${id}/entries`, { body: { entries } })
const get = async (id: number, query = '') => (await api.call<Lookup>('GET', `/data_maps/${id}${query}`)).body

/** The count of the lookup is the number of its rows. */
async function counts(id: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from data_map_entry where data_map_id = ${id}`.execute(
    api.open.db,
  )
  assert.equal((await get(id)).map_entry_count, rows[0]!.n)
  return rows[0]!.n
}

test('a lookup is created, read, changed, copied and deleted', async () => {
  const defaults = { eventId: 'Unknown', description: 'Unknown event' }
  const made = await create({ data_map: events, data_defaults: defaults, emit_data_default: true, tags: ['web'] })
  const { description, map_entry_count, data_defaults, emit_data_default, tags, access_roles } = made
  assert.deepEqual(
    { description, map_entry_count, data_defaults, emit_data_default, tags, access_roles },
    {
      description: '',
      map_entry_count: 3,
      data_defaults: defaults,
      emit_data_default: true,
      tags: ['web'],
      access_roles: ['owner'],
    },
  )
  assert.equal(made.data_map, undefined)
  assert.deepEqual((await get(made.id, '?expand=1')).data_map, events)

  const body = { name: 'Web events', description: 'Of the shop', emit_data_default: false, tags: [] }
  const changed = (await api.call<Lookup>('PUT', `/data_maps/${made.id}`, { body })).body
  assert.deepEqual([changed.name, changed.description, changed.emit_data_default], ['Web events', 'Of the shop', false])
  assert.deepEqual([changed.data_defaults, changed.map_entry_count], [defaults, 3])

  const copy = (await api.call<Lookup>('POST', `/data_maps/${made.id}/copy`)).body
  assert.deepEqual(
    [copy.name, copy.copied_from_id, copy.map_entry_count],
    ['Copy of Web events', made.id, await counts(copy.id)],
  )

  assert.equal((await api.call('DELETE', `/data_maps/${made.id}`)).status, 200)
  assert.equal((await api.call('GET', `/data_maps/${made.id}`)).status, 404)
  assert.deepEqual((await entriesOf(copy.id, '*')).body, events)
  const audited = await api.call<AuditEntry[]>('GET', `/data_maps/${copy.id}/audit_log`)
  assert.deepEqual(
    audited.body.map(({ event, item_type }) => [event, item_type]),
    [['copy', 'DataMap']],
  )
})

test('lists come in pages, with what is left in the headers', async () => {
  for (let n = 0; n < 3; n++) await create({ name: `Page ${n}` })
  const first = await api.call<Lookup[]>('GET', '/data_maps?per_page=2')
  const total = Number(first.headers.get('x-total-count'))
  assert.equal(first.body.length, 2)
  assert.match(first.headers.get('link') ?? '', /page=2&?.*rel="Next"/)
  const last = await api.call<Lookup[]>('GET', `/data_maps?per_page=2&page=${Math.ceil(total / 2)}`)
  assert.equal(last.body.at(-1)?.name, 'Page 2')
})

test('PROMISE-LOOKUP-ENTRIES: entries are found and deleted by key, by several keys and by wildcards; an upsert replaces and adds', async () => {
  // Defaults are for lookups in transforms: the public client's own tests count only what is there.
  const { id } = await create({ data_map: events, data_defaults: { eventId: 'Unknown' }, emit_data_default: true })
  assert.deepEqual((await entriesOf(id, '1')).body, [events[1]])
  assert.deepEqual((await entriesOf(id, '10,0,nothing')).body, [events[0], events[2]])
  assert.deepEqual((await entriesOf(id, '1*')).body, [events[1], events[2]])
  assert.deepEqual((await entriesOf(id, '*0,1')).body, events)
  assert.deepEqual((await entriesOf(id, 'nothing')).body, [])

  const sent = [
    { description: 'Purchase', eventId: '1', price: 7.5 },
    { eventId: '2' },
    { eventId: '2', description: 'the later one' },
  ]
  const answer = await put(id, sent)
  assert.deepEqual(answer.body, [sent[0], sent[2]])
  assert.deepEqual((await entriesOf(id, '1,2')).body, [sent[0], sent[2]])
  assert.deepEqual(Object.keys((await entriesOf(id, '1')).body[0]!), ['description', 'eventId', 'price'])
  assert.equal(await counts(id), 4)

  const gone = await api.call<{ message: string }>('DELETE', `/data_maps/${id}/entries/1*,nothing`)
  assert.equal(gone.body.message, '2 entries were deleted.')
  assert.equal(await counts(id), 2)
  const log = (await api.call<AuditEntry[]>('GET', `/data_maps/${id}/audit_log`)).body
  assert.deepEqual(log[0]?.object_changes, { map_entry_count: [4, 2], entries_deleted: [null, 2] })
  assert.deepEqual(log[1]?.object_changes, { map_entry_count: [3, 4], entries_upserted: [null, 2] })
})

test('keys with commas, asterisks, percent signs, slashes and of any script are found as they are', async () => {
  const keys = ['a,b', 'a*b', 'a\\b', '50%', '50_', '505', 'a/b', 'ключ 鍵', 'x'.repeat(1024)]
  const { id } = await create({ map_primary_key: 'key', data_map: keys.map((key) => ({ key })) })
  const escaped = (key: string): string => key.replaceAll(/[\\,*]/g, '\\$&')
  for (const key of keys) assert.deepEqual((await entriesOf(id, escaped(key))).body, [{ key }])
  assert.deepEqual((await entriesOf(id, '50%*')).body, [{ key: '50%' }])
  assert.equal((await entriesOf(id, keys.map(escaped).join(','))).body.length, keys.length)
})

test('numbers and booleans are keys by their text', async () => {
  const entries = [{ key: -1.5 }, { key: 7 }, { key: true }]
  const { id } = await create({ map_primary_key: 'key', data_map: entries })
  assert.deepEqual((await entriesOf(id, '7,true,-1.5')).body, entries)
  assert.deepEqual((await put(id, [{ key: '7', text: true }])).body, [{ key: '7', text: true }])
  assert.equal(await counts(id), 3)
})

test('wrong entries are refused whole, with the field, the value and what to do', async () => {
  const { id } = await create({ data_map: events })
  const answer = await api.call<ProblemBody>('PUT', `/data_maps/${id}/entries`, {
    body: { entries: [{ eventId: '3' }, { event: '4' }, { eventId: null }] },
  })
  assert.equal(answer.status, 400)
  assert.deepEqual(
    answer.body.details.map(({ field }) => field),
    ['entries.1', 'entries.2.eventId'],
  )
  assert.equal(await counts(id), 3)
  const seed = await api.call<ProblemBody>('POST', '/data_maps', {
    body: { name: 'x', map_primary_key: 'id', data_map: [{ key: 1 }] },
  })
  assert.deepEqual([seed.status, seed.body.details[0]?.field], [400, 'data_map.0'])
  assert.equal((await put(id, [{ eventId: 'a\u0000b' }])).status, 400)
  assert.equal((await put(id, [{ eventId: 'nul', text: 'a\u0000b', half: '\ud800' }])).status, 200)
})

test('another primary key gives every entry its new key, or is refused', async () => {
  const swapped = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'a' },
    { from: 'c', to: 'c', other: 1 },
  ]
  const { id } = await create({ map_primary_key: 'from', data_map: swapped })
  const change = (map_primary_key: string) =>
    api.call<ProblemBody & Lookup>('PUT', `/data_maps/${id}`, { body: { map_primary_key } })
  assert.equal((await change('to')).status, 200)
  assert.deepEqual((await entriesOf(id, 'a')).body, [swapped[1]])
  const missing = await change('other')
  assert.equal(missing.status, 400)
  assert.match(missing.body.message, /"map_primary_key" is "other", and the entry "[ab]" holds no key in that field/)
  await put(id, [{ to: 'd', from: 'a' }])
  const double = await change('from')
  assert.match(double.body.message, /2 entries have the key "a" in that field/)
  assert.equal((await get(id)).map_primary_key, 'to')
  assert.equal(await counts(id), 4)
})

test('PROMISE-LOOKUP-UPSERTS: changes of entries at the same moment lose nothing, and the count stays right', async () => {
  const { id } = await create()
  const writers = Array.from({ length: 8 }, (_, writer) =>
    Array.from({ length: 200 }, (_, n) => ({ eventId: `${(n * 7 + writer) % 300}`, [`of${writer}`]: n })),
  )
  const answers = await Promise.all([
    ...writers.map((entries) => put(id, entries)),
    api.call('DELETE', `/data_maps/${id}/entries/none*`),
  ])
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  const keys = new Set(writers.flat().map(({ eventId }) => eventId))
  assert.equal(await counts(id), keys.size)
})

test('PROMISE-LOOKUP-SIZE: a hundred thousand entries are written, found by the index and read in bounded answers', async () => {
  const { id } = await create({ map_primary_key: 'key' })
  const row = (n: number) => ({ key: `k${String(n).padStart(6, '0')}`, value: `value ${n}` })
  for (let begin = 0; begin < 100_000; begin += 50_000) {
    const answer = await put(
      id,
      Array.from({ length: 50_000 }, (_, n) => row(begin + n)),
    )
    assert.deepEqual([answer.status, answer.body.length], [200, 50_000])
  }
  assert.equal(await counts(id), 100_000)
  assert.deepEqual((await entriesOf(id, 'k012345,k09999*')).body, [
    row(12_345),
    ...Array.from({ length: 10 }, (_, n) => row(99_990 + n)),
  ])
  await sql`analyze data_map_entry`.execute(api.open.db)
  const { rows } = await sql<{ 'QUERY PLAN': string }>`
    explain select entry from data_map_entry where data_map_id = ${id} and (key = any(${['k012345']}::text[]) or key like ${'k09999%'})`.execute(
    api.open.db,
  )
  const plan = rows.map((line) => line['QUERY PLAN']).join('\n')
  // Both ways are ranges of the key: no other entry of the lookup is looked at.
  assert.match(plan, /Index Cond: .*key >= 'k09999'.*key < 'k0999:'/)
  assert.doesNotMatch(plan, /Seq Scan/)

  const all = await api.call<ProblemBody>('GET', `/data_maps/${id}/entries/*`)
  assert.equal(all.status, 400)
  assert.match(all.body.message, /100000 entries .* match, and one answer holds at most 10000 entries.*\?page=1/)
  const page = await entriesOf(id, '*', '?page=100&per_page=1000')
  assert.deepEqual([page.body.length, page.body.at(-1)], [1000, row(99_999)])
  assert.equal(page.headers.get('x-total-count'), '100000')
  assert.deepEqual((await entriesOf(id, '*', '?page=101&per_page=1000')).body, [])
  assert.equal((await entriesOf(id, 'k00*')).body.length, 10_000)
  assert.equal((await get(id, '?expand=1')).data_map, undefined)
})

test('the bytes of an answer are bounded too', async () => {
  const { id } = await create({ map_primary_key: 'key' })
  const text = 'x'.repeat(16_000)
  for (const part of ['a', 'b'])
    await put(
      id,
      Array.from({ length: 600 }, (_, n) => ({ key: `${part}${n}`, text })),
    )
  assert.equal((await entriesOf(id, '*')).status, 400)
  assert.equal((await entriesOf(id, 'a*')).body.length, 600)
})

test('PROMISE-LOOKUP-ACCESS: a source reads what its owner may read, for as long as that holds', async () => {
  const { db } = api.open
  const { id } = await create({ data_map: events })
  const [member, stranger] = [await api.member(api.owner.orgId), await api.member()]
  const keys = async (reads: ReturnType<typeof ownersLookups>) => (await reads(id, null)).map(({ key }) => key)
  const ofMember = ownersLookups(db, { org_id: member.orgId, owner_id: member.userId })
  assert.deepEqual(await keys(ownersLookups(db, { org_id: 1, owner_id: 1 })), ['0', '1', '10'])
  await assert.rejects(keys(ofMember), {
    kind: 'config',
    code: 'lookup.forbidden',
    message: new RegExp(`Lookup ${id} needs the role "collaborator", which the owner of the source has not\\..*PUT`),
  })
  const missing = {
    kind: 'config',
    code: 'lookup.missing',
    message: new RegExp(`There is no lookup ${id} in this org`),
  }
  await assert.rejects(keys(ownersLookups(db, { org_id: stranger.orgId, owner_id: stranger.userId })), missing)
  // An id of one organisation says nothing in another, whoever uses it.
  await assert.rejects(keys(ownersLookups(db, { org_id: stranger.orgId, owner_id: 1 })), missing)
  await assert.rejects(keys(callersLookups(db, { ...member, isAdmin: false })), { message: /which you have not\./ })

  const rule = { accessors: [{ type: 'USER', id: member.userId, access_roles: ['collaborator'] }] }
  await api.call('PUT', `/data_maps/${id}/accessors`, { body: rule })
  assert.deepEqual(await keys(ofMember), ['0', '1', '10'])
  assert.deepEqual(
    (await ofMember(id, '1')).map(({ entry }) => entry),
    events.slice(1),
  )
  await api.call('DELETE', `/data_maps/${id}/accessors`, { body: rule })
  await assert.rejects(keys(ofMember), { code: 'lookup.forbidden' })
})

test('PROMISE-LOOKUP-ACCESS: only who may read a lookup can name it in a source, and while it is named it stays', async () => {
  const { id } = await create({ data_map: events })
  const [member, stranger] = [await api.member(api.owner.orgId), await api.member()]
  const named = (as: Member) =>
    api.call<ProblemBody & { id: number }>('POST', '/data_sources', {
      as,
      body: { name: 'Of a lookup', source_type: 'queue', source_config: { keys: id } },
    })
  const foreign = await named(stranger)
  assert.equal(foreign.status, 400)
  assert.deepEqual(
    foreign.body.details.map(({ field, value, message }) => [field, value, message]),
    [['source_config.keys', id, `"source_config.keys" is ${id}, and there is no such lookup in your organisation.`]],
  )
  assert.equal((await named(member)).status, 403)
  const rule = { accessors: [{ type: 'USER', id: member.userId, access_roles: ['collaborator'] }] }
  await api.call('PUT', `/data_maps/${id}/accessors`, { body: rule })
  const source = await named(member)
  assert.equal(source.status, 200)

  const refused = await api.call<ProblemBody>('DELETE', `/data_maps/${id}`)
  assert.equal(refused.status, 409)
  assert.equal(
    refused.body.message,
    `Lookup ${id} "Events" is read by source ${source.body.id} "Of a lookup". Give these another lookup or delete them first.`,
  )
  assert.equal((await api.call('DELETE', `/data_sources/${source.body.id}`, { as: member })).status, 200)
  assert.equal((await api.call('DELETE', `/data_maps/${id}`)).status, 200)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { createOnce } from '../src/http/create-once.ts'
import { TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start()
})
after(() => api.stop())

const create = (name: string, connection = 'keep-alive'): string =>
  post(
    'data_credentials',
    { name, credentials_type: 's3', credentials: { access_key: 'A', secret_key: 'B' } },
    connection,
  )

const post = (kind: string, content: object, connection = 'keep-alive'): string => {
  const body = JSON.stringify(content)
  return [
    `POST /api/${kind} HTTP/1.1`,
    'Host: leat',
    `Authorization: Bearer ${api.owner.token}`,
    'Content-Type: application/json',
    `Connection: ${connection}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

async function open(): Promise<Socket> {
  const socket = connect(api.port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Reads one answer and leaves the connection open. */
async function answerOn(socket: Socket): Promise<{ id: number }> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString()
    const head = text.indexOf('\r\n\r\n')
    const length = /content-length: (\d+)/i.exec(text)?.[1]
    if (head !== -1 && length !== undefined && Buffer.byteLength(text.slice(head + 4)) >= Number(length)) break
  }
  assert.match(text, /^HTTP\/1.1 200 /)
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { id: number }
}

const named = async (name: string): Promise<number[]> =>
  (await api.open.db.selectFrom('data_credential').select('id').where('name', '=', name).orderBy('id').execute()).map(
    (row) => row.id,
  )

/** Holds every create at its insert until released, so that a test decides what happens in between. */
async function holdInserts(
  table = 'data_credential',
): Promise<{ waiting: () => Promise<void>; release: () => Promise<void> }> {
  const client = await api.open.pool.connect()
  await client.query('begin')
  await client.query(`lock table leat.${table} in exclusive mode`)
  const waiting = async (): Promise<void> => {
    for (;;) {
      const { rows } =
        await sql`select 1 from pg_locks where not granted and relation = ${`leat.${table}`}::regclass`.execute(
          api.open.db,
        )
      if (rows.length > 0) return
    }
  }
  return {
    waiting,
    release: async () => {
      await client.query('commit')
      client.release()
    },
  }
}

test('PROMISE-CREATE-REPLAY: a create whose connection was reset before the answer is made once', async () => {
  const hold = await holdInserts()
  const first = await open()
  first.write(create('reset'))
  await hold.waiting()
  first.resetAndDestroy()
  const second = await open()
  second.write(create('reset'))
  await hold.release()
  const { id } = await answerOn(second)
  assert.deepEqual(await named('reset'), [id])
  second.destroy()
})

test('PROMISE-CREATE-REPLAY: a lookup whose connection was reset before the answer is made once, with its entries', async () => {
  const content = { name: 'Regions', map_primary_key: 'code', data_map: [{ code: 'eu' }, { code: 'us' }] }
  const hold = await holdInserts('data_map')
  const first = await open()
  first.write(post('data_maps', content))
  await hold.waiting()
  first.resetAndDestroy()
  const second = await open()
  second.write(post('data_maps', content))
  await hold.release()
  const { id } = await answerOn(second)
  const lookups = await api.open.db.selectFrom('data_map').select(['id', 'entry_count']).execute()
  assert.deepEqual(lookups, [{ id, entry_count: 2 }])
  second.destroy()
})

test('PROMISE-CREATE-REPLAY: a client that gives up and asks again gets the one that it did not wait for', async () => {
  const hold = await holdInserts()
  const first = await open()
  first.write(create('gave up'))
  await hold.waiting()
  first.end()
  await once(first, 'close')
  await hold.release()
  const second = await open()
  second.write(create('gave up'))
  const { id } = await answerOn(second)
  assert.deepEqual(await named('gave up'), [id])
  second.destroy()
})

test('PROMISE-CREATE-REPLAY: an answer that a reset threw away counts as not delivered', async () => {
  const first = await open()
  first.pause()
  first.write(create('thrown away'))
  await rowsOf('thrown away', 1)
  // The answer lies unread in the buffer of this side, so its system answers the close with a reset.
  first.resetAndDestroy()
  const second = await open()
  second.write(create('thrown away'))
  await answerOn(second)
  assert.equal((await named('thrown away')).length, 1)
  second.destroy()
})

/** Waits until a credential of this name is committed. */
async function rowsOf(name: string, count: number): Promise<void> {
  while ((await named(name)).length < count) await new Promise((done) => setImmediate(done))
}

test('PROMISE-CREATE-REPLAY: two at the same time make one', async () => {
  const hold = await holdInserts()
  const [first, second] = [await open(), await open()]
  first.write(create('twice at once'))
  second.write(create('twice at once'))
  await hold.waiting()
  await hold.release()
  const answers = await Promise.all([answerOn(first), answerOn(second)])
  const ids = await named('twice at once')
  assert.deepEqual(
    answers.map((answer) => answer.id),
    [ids[0], ids[0]],
  )
  assert.equal(ids.length, 1)
  first.destroy()
  second.destroy()
})

test('PROMISE-CREATE-REPLAY: the same create on purpose, after the answer, makes another', async () => {
  const same = await open()
  same.write(create('on purpose'))
  const one = await answerOn(same)
  same.write(create('on purpose'))
  const two = await answerOn(same)
  assert.notEqual(one.id, two.id)
  same.end()
  await once(same, 'close')
  const other = await open()
  other.write(create('on purpose', 'close'))
  const three = await answerOn(other)
  assert.equal(new Set([one.id, two.id, three.id]).size, 3)
})

test('PROMISE-CREATE-REPLAY: a server that died after the commit answers the repeat with what it made', async () => {
  const body = { name: 'died', credentials_type: 's3', credentials: { access_key: 'A', secret_key: 'B' } }
  const first = (await api.call<{ id: number }>('POST', '/data_credentials', { body })).body.id
  // What another process finds in the table when the first one died before the answer left.
  await api.open.db
    .updateTable('create_replay')
    .set({ state: 'pending', committed_at: null })
    .where('resource_id', '=', first)
    .where('resource_kind', '=', 'data_credentials')
    .execute()
  const { createOnce: createElsewhere } = (await import(
    '../src/http/create-once.ts?another-process' as string
  )) as typeof import('../src/http/create-once.ts')
  const fingerprint = (
    await api.open.db
      .selectFrom('create_replay')
      .select('fingerprint')
      .where('resource_id', '=', first)
      .executeTakeFirstOrThrow()
  ).fingerprint
  const delivery = {
    state: 'pending' as const,
    arrivedAt: performance.now(),
    writtenAt: Number.POSITIVE_INFINITY,
    onWritten: () => undefined,
    onEnd: () => undefined,
  }
  const again = await createElsewhere(api.open.db, { fingerprint, delivery } as never, 'data_credentials', () =>
    assert.fail('must not create'),
  )
  assert.equal(again, first)
  await sql`update create_replay set created_at = now() - interval '61 seconds' where resource_id = ${first}`.execute(
    api.open.db,
  )
  await assert.rejects(
    createElsewhere(api.open.db, { fingerprint, delivery } as never, 'data_credentials', () =>
      Promise.reject(new Error('creates')),
    ),
    /creates/,
  )
})

test('PROMISE-CREATE-REPLAY: a database that notes an answer late does not take the next create for a repeat of it', async () => {
  let answered = (): void => undefined
  const delivery = {
    state: 'pending' as const,
    arrivedAt: performance.now(),
    writtenAt: Number.POSITIVE_INFINITY,
    onWritten: (listener: () => void) => void (answered = listener),
    onEnd: () => undefined,
  }
  const fingerprint = Buffer.from('noted late, only once'.padEnd(32))
  await createOnce(api.open.db, { fingerprint, delivery } as never, 'data_credentials', () => Promise.resolve(1))
  const holder = await api.open.pool.connect()
  await holder.query('begin')
  await holder.query('lock table leat.create_replay in exclusive mode')
  answered()
  const noting = `select 1 from pg_locks where not granted and relation = 'leat.create_replay'::regclass`
  while ((await holder.query(noting)).rows.length === 0) await new Promise((done) => setImmediate(done))
  const { rows: now } = await holder.query(`select clock_timestamp() as at`)
  await holder.query('select pg_sleep(0.2)')
  await holder.query('commit')
  holder.release()
  const noted = `select committed_at from leat.create_replay where fingerprint = $1 and state = 'written'`
  let rows: { committed_at: Date }[] = []
  while (rows.length === 0) rows = (await api.open.pool.query(noted, [fingerprint])).rows
  assert.ok(rows[0]!.committed_at < now[0].at, JSON.stringify([rows, now]))
})

test('PROMISE-CREATE-REPLAY: other members, bodies and paths are other creates', async () => {
  const other = await api.member(api.owner.orgId)
  const body = { name: 'mine', credentials_type: 's3', credentials: { access_key: 'A', secret_key: 'B' } }
  const ids = await Promise.all([
    api.call<{ id: number }>('POST', '/data_credentials', { body }),
    api.call<{ id: number }>('POST', '/data_credentials', { body, as: other }),
    api.call<{ id: number }>('POST', '/data_credentials', { body: { ...body, description: 'x' } }),
    api.call<{ id: number }>('POST', '/data_credentials?strict=true', { body }),
  ])
  assert.equal(new Set(ids.map((answer) => answer.body.id)).size, 4)
})

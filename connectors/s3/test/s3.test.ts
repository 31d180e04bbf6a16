import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  requireConfig,
  type Connection,
  type EncodedFile,
  type Fault,
  type JsonObject,
  type ObjectPart,
  type Unit,
} from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import type { S3Server } from '../../../tools/peers/versitygw.ts'
import { copyObject } from '../src/s3-copy.ts'
import { S3Client } from '../src/s3-client.ts'
import { s3 } from '../src/s3.connector.ts'
import { s3Settings } from '../src/s3-settings.ts'
import { S3Place } from './s3-place.ts'

const gateway = await peer('versitygw')
const { signal } = new AbortController()

async function connect(credentials: JsonObject): Promise<Connection> {
  const driver = await s3.load()
  return driver.connect(requireConfig(s3.credentials!, s3.aliases?.credentials, credentials), {
    allowedFolders: [],
    signal,
  })
}

async function unitsAt(connection: Connection, options: JsonObject): Promise<readonly Unit[]> {
  await using session = connection.source!(options)
  return Array.fromAsync(session.units({ signal }))
}

async function partOf(connection: Connection, unit: Unit): Promise<ObjectPart> {
  for await (const part of connection.source!({ path: '' }).read(unit, { checkpoint: null, signal }))
    if (part.kind === 'object') return part
  throw new Error(`${unit.key} has no part`)
}

const bytesOf = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(stream))
const encoded = (name: string, body: Uint8Array): EncodedFile => ({
  name,
  encoding: 'ndjson',
  bytes: body.length,
  rows: 1,
  open: async function* () {
    yield body
  },
})

describe('s3 on a real server', { skip: isMissing(gateway) ? gateway.missing : false }, () => {
  let server: S3Server
  let place: S3Place
  let connection: Connection
  before(async () => {
    assert.ok(!isMissing(gateway))
    server = await gateway.start()
    place = await S3Place.open(server)
    connection = await connect(place.credentials)
  })
  after(async () => {
    await connection[Symbol.asyncDispose]()
    await server.stop()
  })
  const writer = (epoch: number, folder: string) =>
    connection.openWriter!({
      id: 'sink-1',
      epoch,
      options: { path: `${place.bucket}/${folder}` },
      schema: { fields: [] },
      signal,
    })

  for (const [what, key, size] of [
    ['a small object', 'changed/small.json', 100],
    ['a large object', 'changed/large.json', 12_000_000],
    ['a key that opendal signs wrongly', "changed/it's (1).json", 12_000_000],
  ] as const)
    test(`PROMISE-NO-MIXED-READ: an object that changed after it was listed cannot be read: ${what}`, async () => {
      await place.put(key, Buffer.alloc(size, 'a'))
      const [unit] = await unitsAt(connection, { path: `${place.bucket}/${key}` })
      assert.ok(unit)
      const part = await partOf(connection, unit)
      assert.equal((await bytesOf(part.open())).length, size)
      await place.put(key, Buffer.alloc(size, 'b'))
      await assert.rejects(bytesOf(part.open()), { kind: 'transient', code: 'source.object_changed' })
      await assert.rejects(bytesOf(part.open({ offset: 10 })), { code: 'source.object_changed' })
    })

  for (const key of ['big/plain.bin', "big/it's (big).bin"])
    test(`a large object is read exactly, from any offset: ${key}`, async () => {
      const body = randomBytes(20_000_001)
      await place.put(key, body)
      const [unit] = await unitsAt(connection, { path: `${place.bucket}/${key}` })
      assert.ok(unit)
      const part = await partOf(connection, unit)
      for (const offset of [0, 1, 8 << 20, 19_999_999])
        assert.ok((await bytesOf(part.open({ offset }))).equals(body.subarray(offset)), `from ${offset}`)
    })

  test('a listing goes on after a page of 1,000, without folders, markers, empty objects and neighbours of the prefix', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (let index = lane; index < 1_050; index += 8) await place.put(`pages/p-${index}.json`, '{}')
      }),
    )
    await place.put('pages/folder/', '')
    await place.put('pages/empty.json', '')
    await place.put('pages2/neighbour.json', '{}')
    const units = await unitsAt(connection, { path: `s3://${place.bucket}/pages` })
    assert.equal(new Set(units.map((unit) => unit.key)).size, 1_050)
    assert.equal(
      (await unitsAt(connection, { path: `${place.bucket}/pages/`, 'whitelist.pathmatchers': '*-10??.json' })).length,
      50,
    )
    assert.deepEqual(await unitsAt(connection, { path: `${place.bucket}/nothing/here/` }), [])
  })

  test('keys that S3 tells apart are not folded into one', async () => {
    await place.put('keys/a&b=c?#%41+ .json', 'odd')
    const [unit] = await unitsAt(connection, { path: `${place.bucket}/keys` })
    assert.equal(unit?.key, `${place.bucket}/keys/a&b=c?#%41+ .json`)
    assert.equal(String(await bytesOf((await partOf(connection, unit)).open())), 'odd')
  })

  test('PROMISE-FILE-COMMIT-REPEAT: a commit that died between copy and clean-up is finished by a later writer', async () => {
    const files = [encoded('a.json', Buffer.from('A')), encoded('b.json', Buffer.from('B'))]
    await using first = await writer(1, 'half')
    await first.write({ kind: 'files', files })
    const token = (await first.prepare()) as unknown as { files: { staged: string; final: string }[] }
    await first.commit({ files: [token.files[0]] } as unknown as JsonObject)
    await using second = await writer(2, 'half')
    await second.commit(token as unknown as JsonObject)
    await second.commit(token as unknown as JsonObject)
    assert.deepEqual([...(await place.files('half'))].map(([name, body]) => `${name} ${String(body)}`).toSorted(), [
      'a.json A',
      'b.json B',
    ])
  })

  test('PROMISE-FILE-COMMIT-LOSS: staged bytes that somebody removed are a loud fault', async () => {
    await using first = await writer(1, 'lost')
    await first.write({ kind: 'files', files: [encoded('a.json', Buffer.from('A'))] })
    const token = (await first.prepare()) as unknown as { files: { staged: string }[] }
    await place.put('lost/a.json', 'X')
    await unlink(path.join(server.dir, token.files[0]?.staged ?? ''))
    await assert.rejects(first.commit(token as unknown as JsonObject), { kind: 'not_found', code: 's3.staged_lost' })
  })

  test('PROMISE-STAGING-SWEPT: an upload that breaks off leaves neither an object nor parts that cost money', async () => {
    await using broken = await writer(1, 'broken')
    const file: EncodedFile = {
      ...encoded('a.json', Buffer.alloc(1)),
      bytes: 60_000_000,
      open: async function* () {
        for (let n = 0; n < 5; n++) yield Buffer.alloc(8 << 20)
        throw new Error('encoder died')
      },
    }
    await assert.rejects(broken.write({ kind: 'files', files: [file] }), /encoder died/)
    assert.deepEqual(await place.staged('broken'), [])
    assert.deepEqual(await openUploads(), [])
  })

  async function openUploads(): Promise<readonly string[]> {
    await using client = new S3Client(
      s3Settings(requireConfig(s3.credentials!, s3.aliases?.credentials, place.credentials)),
      async () => ({ accessKeyId: server.accessKey, secretAccessKey: server.secretKey }),
    )
    const text = await (
      await client.send({ method: 'GET', bucket: place.bucket, query: { uploads: '' }, signal })
    ).text()
    return [...text.matchAll(/<UploadId>/g)].map(String)
  }

  test('a copy in parts has the same bytes and still carries its stamp', async () => {
    const body = randomBytes(13_000_000)
    await using target = await writer(1, 'parts')
    await target.write({ kind: 'files', files: [encoded('a.bin', body)] })
    const token = (await target.prepare()) as unknown as { files: { staged: string; final: string; bytes: number }[] }
    const file = token.files[0]!
    const [source, final] = [file.staged, file.final].map((name) => ({
      bucket: place.bucket,
      key: name.slice(place.bucket.length + 1),
    }))
    const login = async () => ({ accessKeyId: server.accessKey, secretAccessKey: server.secretKey })
    await using client = new S3Client(
      s3Settings(requireConfig(s3.credentials!, s3.aliases?.credentials, place.credentials)),
      login,
    )
    await copyObject(client, {
      source: source!,
      target: final!,
      bytes: body.length,
      signal,
      limits: { singleBytes: 1, partBytes: 5 << 20 },
    })
    await target.commit(token as unknown as JsonObject)
    assert.ok(Buffer.from((await place.files('parts')).get('a.bin')!).equals(body))
    assert.deepEqual(await place.staged('parts'), [])
  })

  test('a sink can write below a folder whose name opendal signs wrongly', async () => {
    await using odd = await writer(1, "it's (out)")
    await odd.write({ kind: 'files', files: [encoded('a.json', Buffer.from('A'))] })
    await odd.commit(await odd.prepare())
    assert.deepEqual([...(await place.files("it's (out)")).keys()], ['a.json'])
  })

  test('the tree shows buckets at the root and the test path where the key is limited to one', async () => {
    await place.put('tree/a.json', '{}')
    const root = await connection.tree!({ depth: 1, limit: 100, signal })
    assert.equal(root[place.bucket]?.type, 'folder')
    await using limited = await connect({ ...place.credentials, 'test.path': `${place.bucket}/tree` })
    assert.deepEqual(Object.keys(await limited.tree!({ depth: 1, limit: 100, signal })), ['a.json'])
  })

  const reasons: readonly [what: string, change: (place: S3Place) => JsonObject, expected: string, field: string][] = [
    ['a missing bucket', () => ({ 'test.path': 'no-such-bucket/x' }), 'not_found s3.bucket_missing', 'path'],
    ['an unknown access key', () => ({ access_key_id: 'nobody' }), 'auth s3.access_key_unknown', 'access_key'],
    ['a wrong secret', () => ({ secret_access_key: 'wrong-secret-value' }), 'auth s3.secret_key_wrong', 'secret_key'],
    ['a closed port', () => ({ endpoint: 'http://127.0.0.1:1' }), 'transient s3.connection_refused', 'endpoint'],
    ['a host that DNS does not know', () => ({ endpoint: 'http://s3.invalid' }), 'transient s3.dns', 'endpoint'],
    [
      'TLS where there is none',
      ({ server }) => ({ endpoint: server.endpoint.replace('http:', 'https:') }),
      'config s3.tls',
      'endpoint',
    ],
  ]
  for (const [what, change, expected, field] of reasons)
    test(`a check tells the reason apart: ${what}`, async () => {
      const credentials = { ...place.credentials, 'test.path': place.bucket, ...change(place) }
      await using bad = await connect(credentials)
      await assert.rejects(bad.check(), (fault: Fault) => {
        assert.equal(`${fault.kind} ${fault.code} ${fault.field}`, `${expected} ${field}`)
        assert.ok(!fault.message.includes(String(credentials['secret_access_key'])))
        return true
      })
    })

  test('a closed port is told by a read and a write too, where opendal says only that a request failed', async () => {
    await place.put('gone/a.json', '{}')
    const [unit] = await unitsAt(connection, { path: `${place.bucket}/gone` })
    await using bad = await connect({ ...place.credentials, endpoint: 'http://127.0.0.1:1' })
    await assert.rejects(bytesOf((await partOf(bad, unit!)).open()), { code: 's3.connection_refused' })
  })
})

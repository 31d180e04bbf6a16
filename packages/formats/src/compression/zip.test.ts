import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { decompress } from './decompress.ts'
import type { ZipLimits } from './zip.ts'

interface Made {
  readonly name: string
  readonly data: Buffer
  readonly flags?: number
  readonly crc?: number
}

/** A zip archive as APPNOTE 6.3 describes it: local headers, data, central directory. */
function zip(entries: readonly Made[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, data, flags = 0x800, crc = crc32(data) } of entries) {
    const body = deflateRawSync(data)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(flags, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc, 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), body])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, tail, Buffer.from(name)]))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, central, end])
}

async function* once(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data
}

async function readAll(archive: Buffer, limits: ZipLimits = {}): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { entry, bytes } of decompress(
    once(archive),
    { format: 'json', compression: 'none', archive: 'zip' },
    'a.zip',
    limits,
  )) {
    const parts: Uint8Array[] = []
    for await (const chunk of bytes) parts.push(chunk)
    found[String(entry)] = Buffer.concat(parts).toString()
  }
  return found
}

const isFault = (code: string) => (error: unknown) =>
  error instanceof Fault && error.kind === 'data' && error.code === code

test('every file of an archive is read, folders and notes of macOS are not, inner compression is undone', async () => {
  const archive = zip([
    { name: 'a.json', data: Buffer.from('{"a":1}\n') },
    { name: 'dir/', data: Buffer.alloc(0) },
    { name: '__MACOSX/._a.json', data: Buffer.from('x') },
    { name: 'dir/ü.json.gz', data: gzipSync('{"a":2}\n') },
  ])
  assert.deepEqual(await readAll(archive), { 'a.json': '{"a":1}\n', 'dir/ü.json': '{"a":2}\n' })
})

test('PROMISE-CUT-FILE: encrypted entries, wrong checksums, cut archives and bombs are data faults', async () => {
  const data = Buffer.from('{"a":1}\n')
  await assert.rejects(readAll(zip([{ name: 'a.json', data, flags: 0x801 }])), isFault('archive.broken'))
  await assert.rejects(readAll(zip([{ name: 'a.json', data, crc: 1 }])), isFault('archive.broken'))
  await assert.rejects(readAll(zip([{ name: 'a.json', data }]).subarray(0, 60)), isFault('archive.broken'))
  await assert.rejects(readAll(zip([{ name: 'a.json', data }]), { maximumEntryBytes: 4 }), isFault('archive.too_large'))
  await assert.rejects(
    readAll(zip([{ name: 'a.json', data: Buffer.alloc(120 * 1024 * 1024) }])),
    isFault('archive.too_large'),
  )
})

test('entries that are harmless each and a bomb together are refused, and a NUL in a name stays out of names', async () => {
  const harmless = Buffer.alloc(40 * 1024 * 1024)
  const names = ['a', 'b', 'c', 'd'].map((name) => ({ name: `${name}.json`, data: harmless }))
  const read: string[] = []
  await assert.rejects(async () => {
    const detected = { format: 'json', compression: 'none', archive: 'zip' } as const
    for await (const { entry, bytes } of decompress(once(zip(names)), detected, 'a.zip')) {
      for await (const _ of bytes);
      read.push(String(entry))
    }
  }, isFault('archive.too_large'))
  assert.deepEqual(read, ['a.json', 'b.json'])
  const hostile = await readAll(zip([{ name: 'x/a\0b.json', data: Buffer.from('{}') }]))
  assert.deepEqual(hostile, { 'x/a\uFFFDb.json': '{}' })
  await assert.rejects(
    readAll(zip([{ name: '../../a.json', data: Buffer.from('{}') }])),
    /invalid relative path: ..\/..\/a.json/,
  )
})

test('nothing stays in the scratch folder, also when reading is abandoned', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'leat-zip-test-'))
  try {
    const archive = zip([
      { name: 'a.json', data: Buffer.from('{}') },
      { name: 'b.json', data: Buffer.from('{}') },
    ])
    for await (const { bytes } of decompress(
      once(archive),
      { format: 'json', compression: 'none', archive: 'zip' },
      'a.zip',
      { scratch },
    )) {
      for await (const _ of bytes);
      break
    }
    assert.deepEqual(await readdir(scratch), [])
  } finally {
    await rm(scratch, { recursive: true })
  }
})

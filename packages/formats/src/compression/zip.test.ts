import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { zip } from '../../../../tools/fuzz/containers.ts'
import { decompress } from './decompress.ts'
import type { ZipLimits } from './zip.ts'

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
  await assert.rejects(readAll(zip([{ name: 'a.json', data, claims: { flags: 0x801 } }])), isFault('archive.broken'))
  await assert.rejects(readAll(zip([{ name: 'a.json', data, claims: { crc: 1 } }])), isFault('archive.broken'))
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

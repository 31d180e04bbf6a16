import { execFileSync } from 'node:child_process'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { Compressor } from 'snappy'
import type { Compression } from '../api.ts'
import { chunksOf, collect } from '../testing/duckdb.ts'
import { decompress } from './decompress.ts'
import { snappyFrames } from './snappy.ts'

function hasBzip2(): boolean {
  try {
    execFileSync('bzip2', ['--version'], { stdio: 'ignore', input: '' })
    return true
  } catch {
    return false
  }
}

const text = Buffer.concat([Buffer.from('{"a":1}\n'.repeat(50_000)), randomBytes(300_000), Buffer.alloc(500_000, 'x')])

async function framed(data: Buffer): Promise<Buffer> {
  const compressor = new Compressor()
  return Buffer.concat([compressor.update(data), await compressor.finish()])
}

async function* inPieces(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
}

async function read(
  data: Uint8Array,
  compression: Compression,
  size = 7777,
): Promise<{ bytes: Buffer; fault: unknown }> {
  const parts: Uint8Array[] = []
  try {
    for await (const { bytes } of decompress(
      inPieces(data, size),
      { format: 'json', compression, archive: 'none' },
      'x',
    ))
      for await (const chunk of bytes) parts.push(chunk)
    return { bytes: Buffer.concat(parts), fault: null }
  } catch (fault) {
    return { bytes: Buffer.concat(parts), fault }
  }
}

const samples: readonly (readonly [Compression, (data: Buffer) => Buffer | Promise<Buffer>])[] = [
  ['gzip', (data) => gzipSync(data)],
  ['zstd', (data) => zstdCompressSync(data)],
  ['snappy', framed],
]

for (const [compression, compress] of samples) {
  test(`${compression} is read, in pieces of any size, and member after member`, async () => {
    const one = await compress(text)
    const { bytes, fault } = await read(one, compression)
    assert.equal(fault, null)
    assert.ok(bytes.equals(text))
    const two = await read(Buffer.concat([one, await compress(Buffer.from('tail'))]), compression, 100_001)
    assert.equal(two.fault, null)
    assert.ok(two.bytes.equals(Buffer.concat([text, Buffer.from('tail')])))
  })

  test(`PROMISE-CUT-FILE: ${compression} that is cut off yields what is good and a data fault`, async () => {
    const whole = await compress(text)
    const { bytes, fault } = await read(whole.subarray(0, whole.length - 20_000), compression)
    assert.ok(fault instanceof Fault && fault.kind === 'data' && fault.code === 'compression.broken', String(fault))
    assert.ok(bytes.length > 0 && text.subarray(0, bytes.length).equals(bytes))
  })
}

for (const size of [100, 7777, 1 << 22])
  test(`PROMISE-CUT-FILE: gzip with a wrong checksum, a wrong length or another member that is none yields every byte; pieces of ${size}`, async () => {
    const small = Buffer.from('{"a":1}\n'.repeat(size === 100 ? 10 : 5000))
    const whole = gzipSync(small)
    const changed = (at: number) =>
      Buffer.concat([whole.subarray(0, at), Buffer.from([whole[at]! ^ 1]), whole.subarray(at + 1)])
    const junk = Buffer.concat([whole, Buffer.from('\x1f\x8b junk', 'latin1')])
    for (const damaged of [changed(whole.length - 8), changed(whole.length - 1), junk]) {
      const { bytes, fault } = await read(damaged, 'gzip', size)
      assert.ok(fault instanceof Fault && fault.code === 'compression.broken', String(fault))
      assert.ok(bytes.equals(small), `${bytes.length} of ${small.length}`)
    }
    const ignored = await read(Buffer.concat([whole, Buffer.alloc(100_000)]), 'gzip', size)
    assert.deepEqual([ignored.fault, ignored.bytes.length], [null, small.length])
  })

test('a changed byte in snappy data is found by its checksum', async () => {
  const data = await framed(text)
  const middle = data.length >> 1
  data[middle] = (data[middle] ?? 0) ^ 1
  const { fault } = await read(data, 'snappy')
  assert.ok(fault instanceof Fault && fault.kind === 'data')
})

test(
  'bzip2 made by the reference program is read: blocks, runs, several streams, empty',
  { skip: hasBzip2() ? false : 'no bzip2 program here; the golden stream below covers the decoder' },
  async () => {
    const runs = Buffer.concat([
      Buffer.alloc(1_000_000, 7),
      Buffer.from('aaaabbbbb'.repeat(1000)),
      text,
      Buffer.alloc(259, 0),
      Buffer.alloc(255 + 4, 9),
    ])
    for (const data of [runs, Buffer.from('a'), Buffer.alloc(0), text.subarray(0, 70_000)]) {
      const one = execFileSync('bzip2', ['-c', '-1'], { input: data, maxBuffer: 1 << 28 })
      const { bytes, fault } = await read(
        Buffer.concat([one, execFileSync('bzip2', ['-c'], { input: 'tail' })]),
        'bzip2',
      )
      assert.equal(fault, null)
      assert.ok(bytes.equals(Buffer.concat([data, Buffer.from('tail')])))
      if (data.length < 100_000) continue
      const cut = await read(one.subarray(0, one.length - 1000), 'bzip2')
      assert.ok(cut.fault instanceof Fault && cut.fault.kind === 'data' && cut.bytes.length > 0)
      one[one.length >> 1] = (one[one.length >> 1] ?? 0) ^ 0x10
      assert.ok((await read(one, 'bzip2')).fault instanceof Fault)
    }
  },
)

test('a golden bzip2 stream is read', async () => {
  const golden = Buffer.from('QlpoOTFBWSZTWeW18wkAAARRAAAQQAACRKAAIbUYDAKQacKjC7kinChIctr5hIA=', 'base64')
  const { fault, bytes } = await read(golden, 'bzip2')
  assert.equal(fault, null)
  assert.equal(bytes.toString(), 'hello hello hello\n')
})

test('snappy data that says it is larger than a chunk may be is refused before memory is set aside', async () => {
  const lie = Buffer.concat([Buffer.from('ff060000734e61507059', 'hex'), Buffer.from('000a0000', 'hex')])
  // A checksum, then a length of 4 GB, in front of nothing.
  const bytes = Buffer.concat([lie, Buffer.alloc(4), Buffer.from('ffffffff0f', 'hex'), Buffer.alloc(1)])
  const before = process.memoryUsage.rss()
  await assert.rejects(collect(snappyFrames(chunksOf(bytes, 5))), /larger than the format allows/)
  assert.ok(process.memoryUsage.rss() - before < 500_000_000)
})

test('a fault of the source passes unchanged through the decompression', async () => {
  const failure = new Fault({ kind: 'transient', code: 's3.timeout', message: 'slow' })
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield gzipSync(text).subarray(0, 2000)
    throw failure
  }
  let length = 0
  await assert.rejects(async () => {
    for await (const { bytes } of decompress(failing(), { format: 'json', compression: 'gzip', archive: 'none' }, 'x'))
      for await (const chunk of bytes) length += chunk.length
  }, failure)
  assert.ok(length > 100_000, 'what was read before it is given out')
})

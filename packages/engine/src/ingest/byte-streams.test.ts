import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDecoder } from '@leat/formats'
import { aligned, type Tail } from './byte-streams.ts'

async function* chunksOf(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += bytes) yield Buffer.from(text.slice(at, at + bytes))
}

test('delimited text goes on in chunks that end at records, however it was cut and however long a quoted record is', async () => {
  const long = `2,"${'line\n'.repeat(400)}"\n`
  const whole = `id,note\n1,"a ""b"""\n${long}3,c\n${long}4,d\n`
  for (const [text, open] of [
    [whole, false],
    [`${whole}5,"never closed\n6,e\n`, true],
  ] as const)
    for (const bytes of [1, 7, 64, 333, 1500, 3000, 100_000]) {
      const detected = { format: 'csv', compression: 'none', archive: 'none' } as const
      const decoder = await openDecoder(detected, {}, Buffer.from(text))
      const tail: Tail = { open: false, spoiledWhole: false }
      const chunks: Uint8Array[] = []
      for await (const chunk of aligned(decoder, chunksOf(text, bytes), tail)) chunks.push(chunk)
      assert.equal(Buffer.concat(chunks).toString(), text, `${bytes}`)
      assert.equal(tail.open, open, `${bytes}`)
      const closed = open ? chunks.slice(0, -1) : chunks
      let all = Buffer.alloc(0)
      for (const chunk of closed) {
        all = Buffer.concat([all, chunk])
        assert.equal(decoder.lastBoundary(all), all.length, `${bytes}: a chunk ends inside of a record`)
      }
    }
})

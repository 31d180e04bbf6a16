import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Pipes } from './pipes.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leat-pipes-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function* pieces(count: number, bytes: number, failAfter = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  for (let index = 0; index < count; index++) {
    if (index === failAfter) throw new Error('the source broke')
    yield Buffer.alloc(bytes, 97 + index)
  }
}

/** What each pipe carried, read one after the other as DuckDB does. */
async function readAll(pipes: Pipes, failAt = Number.POSITIVE_INFINITY): Promise<string[]> {
  const texts: string[] = []
  for (const [index, path] of pipes.paths.entries()) {
    if (index === failAt) throw new Error('the reader broke')
    texts.push((await readFile(path)).toString('latin1'))
  }
  return texts
}

const wanted = { count: 3, bytes: 100_000 }
const lengths = (texts: readonly string[]): number[] => texts.map((text) => text.length)

test('a text goes through the pipes in order, cut where a piece ends; the last takes the rest', async () => {
  await using pipes = await Pipes.open(folder, wanted)
  const texts = await pipes.feed(pieces(10, 70_000), () => readAll(pipes))
  assert.deepEqual(lengths(texts), [140_000, 140_000, 420_000])
  assert.equal([...new Set(texts.join(''))].join(''), 'abcdefghij')
})

test('pipes that a short text does not need are empty, and the pipes serve again', async () => {
  for (const count of [0, 1, 2, 3]) {
    await using pipes = await Pipes.open(folder, wanted)
    const texts = await pipes.feed(pieces(count, 60_000), () => readAll(pipes))
    assert.deepEqual(
      lengths(texts),
      [
        [0, 0, 0],
        [60_000, 0, 0],
        [120_000, 0, 0],
        [120_000, 60_000, 0],
      ][count],
    )
  }
  await using again = await Pipes.open(folder, wanted)
  assert.equal(new Set(again.paths).size, 3)
})

test('a reader that fails frees the writer at whichever pipe it waits', { timeout: 20_000 }, async () => {
  for (const failAt of [0, 1, 2]) {
    await using pipes = await Pipes.open(folder, wanted)
    await assert.rejects(
      pipes.feed(pieces(10, 70_000), () => readAll(pipes, failAt)),
      /the reader broke/,
    )
  }
})

test('a text that fails ends every pipe, and its error is thrown', { timeout: 20_000 }, async () => {
  for (const failAfter of [0, 3, 9]) {
    await using pipes = await Pipes.open(folder, wanted)
    await assert.rejects(
      pipes.feed(pieces(10, 70_000, failAfter), () => readAll(pipes)),
      /the source broke/,
    )
  }
})

import assert from 'node:assert/strict'
import { isStagedLost, type Batch, type Token, type Writer } from '../src/index.ts'
import type { Subject } from './subject.ts'

/** A token of a writer that is gone, and what it stands for. */
export interface Inherited {
  readonly token: Token
  readonly batch: Batch
  /** What a reader sees now, to compare. */
  readonly seen: () => Promise<readonly string[]>
}

/**
 * A later writer commits a token as the engine does. Where rows are staged in a transaction (`SinkSpec.staging`), it may be told that they are lost: then
 * nothing of them is visible, and they are delivered again. Afterwards they are visible once, either way.
 */
export async function commitInherited(
  subject: Subject,
  writer: Writer,
  { token, batch, seen }: Inherited,
): Promise<void> {
  const before = await seen()
  try {
    await writer.commit(token)
  } catch (thrown) {
    if (!isStagedLost(thrown) || subject.connector.sink?.staging !== 'transaction') throw thrown
    assert.deepEqual(await seen(), before, 'what is called lost is not visible')
    await deliverAgain(writer, batch)
    const after = await seen()
    assert.equal(await isLost(writer, token), true, 'a token that was lost stays lost')
    assert.deepEqual(await seen(), after, 'asking for the lost token again changes nothing')
  }
}

export async function deliverAgain(writer: Writer, batch: Batch): Promise<void> {
  assert.deepEqual(await writer.write(batch), [], 'a good batch has no rejections')
  await writer.commit(await writer.prepare())
}

async function isLost(writer: Writer, token: Token): Promise<boolean> {
  return await writer.commit(token).then(() => false, isStagedLost)
}

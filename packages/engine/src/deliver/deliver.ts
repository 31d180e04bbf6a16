import { Fault, isStagedLost, type Token, type Writer } from '@leat/connector-kit'
import { stepsAfter } from '../follow.ts'
import type { Ports, SinkNode } from '../ports.ts'
import { Scratch } from '../scratch.ts'
import { Stopwatch } from '../stopwatch.ts'
import { BatchEncoder } from './batch-encoder.ts'
import { FormEncoder } from './form-encoder.ts'
import { quarantineRejected } from './rejected.ts'
import { sinkMapping } from './sink-mapping.ts'
import { writerId } from './writer-id.ts'

/**
 * One delivery: everything in the nexset that this sink has not seen.
 *
 * | Step | Durable afterwards | If we die here |
 * |---|---|---|
 * | 1 write | nothing of ours | start again from the cursor; staging is swept |
 * | 2 prepare gives a token | staged in the destination | token unknown to us: swept |
 * | 3 stage: cursor candidate + token, one transaction | both | a writer with a higher epoch commits the token |
 * | 4 commit(token) | rows visible | as 3; a second commit changes nothing |
 * | 5 settle | all | harmless repeats |
 */
export async function deliver(sink: SinkNode, ports: Ports, signal: AbortSignal): Promise<void> {
  const { ledger } = ports
  const { epoch, cursor } = await ledger.claim({ kind: 'data_sink', id: sink.id }) // fences every earlier writer
  const { schema } = await ledger.nexset(sink.nexsetId)
  if (schema === null) return
  await using connection = await sink.connect(signal)
  if (connection.openWriter === undefined)
    throw new Fault({ kind: 'unsupported', code: 'sink.not_writable', message: `"${sink.type}" cannot be written to.` })
  await using scratch = await Scratch.create(ports.scratch)
  const mapping = sinkMapping(sink.options, schema)
  await using writer = await connection.openWriter({
    id: writerId(sink),
    epoch,
    options: sink.options,
    schema: mapping?.schema ?? schema,
    signal,
  })
  // What is encoded while the destination loads it is never the slower of the two.
  await using compute = await ports.compute.session(writer.form?.streamed === true ? 'parsing' : 'scanning')

  const unsettled = await ledger.staged(sink.id) // a predecessor died between 3 and 5
  await writer.sweep?.(unsettled.map((staged) => staged.token))
  let from = cursor
  for (const { id, token, upTo } of unsettled) {
    if (!(await committed(writer, sink, id, token, ports))) break
    await ledger.settle(sink.id, id, { commitMs: 0 })
    from = Math.max(from, upTo)
  }

  const work = { sink, schema, compute, scratch, segments: ports.segments, signal }
  const encoder =
    writer.form === undefined ? new BatchEncoder(work, mapping) : new FormEncoder(work, writer.form, mapping)
  for await (const step of stepsAfter(ledger, sink.nexsetId, from, signal)) {
    const watch = new Stopwatch()
    const { batch, rows } = await watch.time('transformMs', () => encoder.encode(step))
    const rejected = await watch.time('destinationWaitMs', () => writer.write(batch)) // 1
    const token = await watch.time('destinationWaitMs', () => writer.prepare()) // 2
    const quarantine = await quarantineRejected(rejected, batch, step, work)
    const last = step.at(-1)!
    const staged = await ledger.stage({
      sinkId: sink.id,
      epoch,
      token,
      upTo: last.lastSeq,
      runId: last.runId,
      quarantine,
      metrics: {
        read: rows,
        written: rows - rejected.length,
        filtered: 0,
        refused: rejected.length,
        bytes: batch.files.reduce((sum, file) => sum + file.bytes, 0), // known by now also where it was encoded on the way
        bytesRead: step.reduce((sum, segment) => sum + segment.bytes, 0),
        ...watch.take(),
      },
    }) // 3 one transaction
    if (!(await watch.time('commitMs', () => committed(writer, sink, staged.id, token, ports)))) throw lostAgain(sink) // 4
    await ledger.settle(sink.id, staged.id, { commitMs: watch.take().commitMs }) // 5
    await encoder.release()
  }
}

/**
 * Step 4. False: the destination lost what was staged (its server crashed), nothing of it is visible, and the token is
 * forgotten: the cursor has not moved, so the records are delivered again.
 */
async function committed(writer: Writer, sink: SinkNode, id: number, token: Token, ports: Ports): Promise<boolean> {
  try {
    await writer.commit(token)
    return true
  } catch (thrown) {
    if (!isStagedLost(thrown)) throw thrown
    ports.log('warn', 'staged rows lost', { sink: sink.id, reason: (thrown as Error).message })
    await ports.ledger.discard(sink.id, id)
    return false
  }
}

function lostAgain(sink: SinkNode): Fault {
  return new Fault({
    kind: 'transient',
    code: 'delivery.interrupted',
    message: `The destination of sink ${sink.id} lost what was just staged. Nothing of it was visible; it is delivered again.`,
  })
}

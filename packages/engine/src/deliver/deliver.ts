import { Fault } from '@leat/connector-kit'
import { stepsAfter } from '../follow.ts'
import type { Ports, SinkNode } from '../ports.ts'
import { Scratch } from '../scratch.ts'
import { Stopwatch } from '../stopwatch.ts'
import { BatchEncoder } from './batch-encoder.ts'
import { quarantineRejected } from './rejected.ts'

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
  await using compute = await ports.compute.session()
  await using writer = await connection.openWriter({
    id: `sink-${sink.id}`,
    epoch,
    options: sink.options,
    schema,
    signal,
  })

  const unsettled = await ledger.staged(sink.id) // a predecessor died between 3 and 5
  await writer.sweep?.(unsettled.map((staged) => staged.token))
  for (const { id, token } of unsettled) {
    await writer.commit(token)
    await ledger.settle(sink.id, id, { commitMs: 0 })
  }
  const from = Math.max(cursor, ...unsettled.map((staged) => staged.upTo))

  const encoder = new BatchEncoder({ sink, schema, compute, scratch, segments: ports.segments, signal })
  for await (const step of stepsAfter(ledger, sink.nexsetId, from, signal)) {
    const watch = new Stopwatch()
    const { batch, rows, bytes } = await watch.time('transformMs', () => encoder.encode(step))
    const rejected = await watch.time('destinationWaitMs', () => writer.write(batch)) // 1
    const token = await watch.time('destinationWaitMs', () => writer.prepare()) // 2
    const quarantine = await quarantineRejected(rejected, batch, step, {
      sink,
      compute,
      scratch,
      segments: ports.segments,
    })
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
        bytes,
        bytesRead: step.reduce((sum, segment) => sum + segment.bytes, 0),
        ...watch.take(),
      },
    }) // 3 one transaction
    await watch.time('commitMs', () => writer.commit(token)) // 4
    await ledger.settle(sink.id, staged.id, { commitMs: watch.take().commitMs }) // 5
    await encoder.release()
  }
}

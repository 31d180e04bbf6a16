import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { brokenLines, type OrderCounts, orderLines } from './orders.ts'

/** One thread of the generator: writes the files that it is asked for, one after the other. */
export interface FileJob {
  readonly name: string
  readonly from: number
  readonly to: number
}

const { folder, rows, jobs } = workerData as { folder: string; rows: number; jobs: readonly FileJob[] }
const broken = brokenLines(rows)
const linesPerWrite = 4000

for (const { name, from, to } of jobs) {
  const counts: OrderCounts = { lines: 0, broken: 0, items: 0, cancelledItems: 0, bytes: 0 }
  const file = openSync(join(folder, name), 'wx')
  for (let line = from; line < to; line += linesPerWrite)
    counts.bytes += writeSync(
      file,
      Buffer.from(orderLines(line, Math.min(line + linesPerWrite, to), broken, counts), 'latin1'),
    )
  closeSync(file)
  parentPort?.postMessage(counts)
}

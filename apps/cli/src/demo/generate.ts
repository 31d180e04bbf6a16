import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { FileJob } from './generate-worker.ts'
import type { OrderCounts } from './orders.ts'

export interface Generated extends Readonly<OrderCounts> {
  readonly folder: string
  readonly files: number
}

/** Writes `rows` orders into 20 files of a new folder. `progress` gets the number of lines so far. */
export async function generateOrders(
  folder: string,
  rows: number,
  { signal, progress }: { signal: AbortSignal; progress: (lines: number) => void },
): Promise<Generated> {
  await mkdir(folder, { recursive: true })
  const files = Math.min(20, rows)
  const jobs = Array.from({ length: files }, (_, nth): FileJob => ({
    name: `orders-${String(nth + 1).padStart(2, '0')}.json`,
    from: Math.floor((nth * rows) / files),
    to: Math.floor(((nth + 1) * rows) / files),
  }))
  const sum: OrderCounts = { lines: 0, broken: 0, items: 0, cancelledItems: 0, bytes: 0 }
  const threads = Math.min(availableParallelism(), 4, files)
  await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const own = jobs.filter((_job, nth) => nth % threads === thread)
      return writeFiles({ folder, rows, jobs: own }, signal, (counts) => {
        for (const key of Object.keys(sum) as (keyof OrderCounts)[]) sum[key] += counts[key]
        progress(sum.lines)
      })
    }),
  )
  return { ...sum, folder, files }
}

function writeFiles(workerData: object, signal: AbortSignal, done: (counts: OrderCounts) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const worker = new Worker(new URL('./generate-worker.ts', import.meta.url), { workerData })
    const stop = () => void worker.terminate()
    signal.addEventListener('abort', stop, { once: true })
    worker.on('message', done)
    worker.on('error', reject)
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(signal.reason as Error)
      else if (code === 0) resolve()
      else reject(new Error(`A thread of the generator ended with ${code}.`))
    })
  })
}

import { enableCompileCache } from 'node:module'
import { toFault } from '@leat/connector-kit'
import { compileCacheFolder } from './compile-cache.ts'
import { openLog } from './log.ts'
import type { FromWorker, ToWorker, WorkerOrder } from './process-messages.ts'
import type { RunningWorker } from './run-worker.ts'
import { StepBack } from './step-back.ts'

// A worker process of `leat start`. It lives and dies with its parent: the IPC channel closes when that dies, however it dies.
enableCompileCache(compileCacheFolder)

let worker: Promise<RunningWorker> | undefined
let ending = false

process.on('message', (message: ToWorker) => {
  if (message.kind === 'work') worker = work(message.order)
  else void end(message.graceMs)
})
process.on('disconnect', () => void end(0))
// A terminal sends Ctrl-C to the whole group; the parent decides what becomes of its workers.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => void end(3000))

async function work(order: WorkerOrder): Promise<RunningWorker> {
  const log = openLog({ format: order.logFormat, level: order.logLevel, process: order.name })
  process.on('uncaughtException', (error) => {
    log('error', 'worker crashed', { error: error.stack ?? String(error) })
    process.exit(1)
  })
  try {
    const { runWorker } = await import('./run-worker.ts')
    const stepBack = new StepBack()
    const running = await runWorker(order, log, (job, held) => {
      stepBack.job(held)
      tell({ kind: 'held', job: { queue: job.queue, id: job.id, retryCount: job.retryCount }, held })
    })
    tell({ kind: 'ready' })
    return running
  } catch (thrown) {
    const fault = toFault(thrown)
    log('error', 'worker start failed', { code: fault.code, error: fault.message })
    tell({ kind: 'failed', message: fault.message })
    process.exit(1)
  }
}

async function end(graceMs: number): Promise<void> {
  if (ending) return
  ending = true
  // Something that does not listen to its abort signal must not keep an orphan alive.
  setTimeout(() => process.exit(1), graceMs + 4000).unref()
  await (await worker)?.drain(graceMs).catch(() => undefined)
  process.exit(0)
}

function tell(message: FromWorker): void {
  // A parent that has just died hears nothing; its end ends this process too.
  if (process.connected) process.send?.(message, () => undefined)
}

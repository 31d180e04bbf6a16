import { openDatabase } from '../src/database/connection.ts'
import { JobQueue } from '../src/jobs/job-queue.ts'
import { Worker } from '../src/jobs/worker.ts'
import { PostgresLedger } from '../src/ledger/postgres-ledger.ts'
import { mergeNames } from './flow-fixture.ts'
import { workContext } from './line-engine.ts'

// A worker process for kill.test.ts. It stops for ever before record HANG of a unit, so that it can be killed in the middle.
const url = process.env['TEST_DATABASE'] ?? ''
const hang = Number(process.env['TEST_HANG'])
const open = openDatabase({ url })
const { db } = open
const queue = await JobQueue.connect(open, { install: false, onError: () => undefined })
const ledger = new PostgresLedger(db, queue, { merge: mergeNames, choose: (nexsets) => nexsets[0] ?? null })
const script = {
  units: [{ key: 'a', version: 'v1', bytes: 1, payload: { records: 6 } }],
  onRecord: async (_: unknown, record: number) => {
    if (record !== hang) return
    process.send?.('in the middle')
    await new Promise(() => undefined)
  },
}
const worker = new Worker(workContext({ database: db, queue, ledger }, script), {
  databaseUrl: url,
  leaseSeconds: 2,
  onHeld: (job, held) =>
    void process.send?.({ job: { queue: job.queue, id: job.id, retryCount: job.retryCount }, held }),
})
await worker.start()
process.on('disconnect', () => process.exit(1))

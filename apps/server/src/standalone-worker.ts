import { Fault } from '@leat/connector-kit'
import { openDatabase, type OpenDatabase } from '@leat/control-plane/work'
import type { Log } from '@leat/engine'
import { checkReachable, findDatabase } from './find-database.ts'
import { checkSegmentStore, openDataFolder } from './open-data-folder.ts'
import { runWorker, type RunningWorker } from './run-worker.ts'
import type { Settings } from './settings.ts'
import { workerOrder } from './worker-order.ts'

/** `leat worker`: one worker beside a server elsewhere (DATABASE_URL and LEAT_STORE), or beside the one that runs on the same data folder. */
export async function startStandaloneWorker(settings: Settings, log: Log, signal: AbortSignal): Promise<RunningWorker> {
  await openDataFolder(settings.data)
  await checkSegmentStore(settings, signal)
  const { url, embedded } = await findDatabase(settings)
  if (embedded?.how === 'started') {
    await embedded.stop()
    throw new Fault({
      kind: 'config',
      code: 'worker.no_server',
      field: 'LEAT_DATA',
      message: `No server runs on the data folder ${settings.data}. Start one with "leat start", or set DATABASE_URL and LEAT_STORE to those of a server elsewhere.`,
    })
  }
  const open = openDatabase({ url, connections: 1 })
  try {
    await checkReachable(open)
    await checkPrepared(open)
  } finally {
    await open.close()
  }
  const order = { ...workerOrder(settings, url, 1), name: `worker ${process.pid}` }
  return runWorker(order, log)
}

async function checkPrepared({ pool }: OpenDatabase): Promise<void> {
  const { rows } = await pool.query<{ prepared: boolean }>(
    `select to_regclass('leat.migration') is not null and to_regclass('pgboss.job') is not null as prepared`,
  )
  if (rows[0]?.prepared) return
  throw new Fault({
    kind: 'config',
    code: 'worker.database_empty',
    field: 'DATABASE_URL',
    message:
      'No Leat server has used this database yet. Start one with "leat start" and the same DATABASE_URL, or correct DATABASE_URL.',
  })
}

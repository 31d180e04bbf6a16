import { openLog } from '../../apps/server/src/log.ts'
import type { WorkerOrder } from '../../apps/server/src/process-messages.ts'
import { runWorker, type Between } from '../../apps/server/src/run-worker.ts'
import { defects, type Defect } from './defects.ts'
import { befall, type Incident } from './points.ts'

/** A worker of the platform with a failure, or a defect, put between its parts. It has no supervisor: its work goes on when its lease is over. */
export interface PlannedWorker {
  readonly order: WorkerOrder
  readonly incident?: Incident
  readonly defect?: Defect
  /** Folder where defects and incidents remember what they did. */
  readonly memory: string
}

process.once('message', (planned: PlannedWorker) => void work(planned))
process.once('disconnect', () => process.exit(0))

async function work({ order, incident, defect, memory }: PlannedWorker): Promise<void> {
  const log = openLog({ format: 'json', level: 'debug', process: order.name })
  const wrong: Between = defect === undefined ? {} : defects[defect](memory)
  const unlucky: Between = incident === undefined ? {} : befall(incident)
  await runWorker(order, log, undefined, {
    // The incident is on the outside: it sees the steps that the defect takes, as they are called.
    ports: (ports, open) => {
      const inner = wrong.ports?.(ports, open) ?? ports
      return unlucky.ports?.(inner, open) ?? inner
    },
    nodes: (nodes) => {
      const inner = wrong.nodes?.(nodes) ?? nodes
      return unlucky.nodes?.(inner) ?? inner
    },
  })
  process.send?.('ready')
}

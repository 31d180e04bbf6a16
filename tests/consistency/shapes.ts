import { setTimeout as pause } from 'node:timers/promises'
import { startPostgres, type PostgresServer } from '../../tools/peers/postgres.ts'
import { Cluster, type ClusterSettings } from './cluster.ts'
import { follow, localEnds, startFlow, type Ends, type FileEnds, type Flow } from './flow.ts'
import { PagedApi } from './paged-api.ts'
import { postgresOutlet } from './postgres-ends.ts'
import type { RecoveryWatch } from './recovery.ts'
import { s3Ends, startStore } from './s3-ends.ts'
import { WebhookSenders } from './webhook-senders.ts'

/** Shapes of the platform in which the same must hold. */
export const shapes = ['one server', 'three workers', 'two servers', 'REST, webhooks and PostgreSQL'] as const
export type Shape = (typeof shapes)[number]

/** A flow and what feeds it. */
export interface Lane {
  readonly flow: Flow
  readonly ends: Ends
  /** Until `enough` is aborted, and what was begun is whole; at once when `ending` is. */
  feed(random: () => number, watch: RecoveryWatch, enough: AbortSignal, ending: AbortSignal): Promise<void>
}

export interface Built {
  readonly cluster: Cluster
  readonly lanes: readonly Lane[]
  /** A server that destinations are in; it is killed as well. */
  readonly destination?: PostgresServer
}

const everySecond = '* * * * * ?'
/** Files that are written while nothing is committed: not more than the end of a run can read. */
const mostPiled = 10

/** Starts the platform and its flows; everything ends with the stack. `onCluster` is told as soon as there is something to look at. */
export async function build(
  shape: Shape,
  stack: AsyncDisposableStack,
  random: () => number,
  onCluster: (cluster: Cluster) => void,
): Promise<Built> {
  const s3 = shape === 'two servers' ? stack.adopt(await startStore(), (server) => server.stop()) : undefined
  const cluster = stack.use(await Cluster.start({ ...settingsOf(shape), ...(s3 && { store: s3 }) }))
  onCluster(cluster)
  if (shape === 'REST, webhooks and PostgreSQL') return buildMixed(cluster, stack, random)
  const client = await cluster.client()
  const more = s3 ? await s3Ends(client, s3, 'objects') : localEnds(cluster, 'more')
  const lanes = [await fileLane(cluster, 'flow0', localEnds(cluster, 'files')), await fileLane(cluster, 'flow1', more)]
  // Their inbox is in the store then, where every worker finds it.
  if (s3) lanes.push(await webhookLane(cluster, (await s3Ends(client, s3, 'hooks')).outlet, random))
  return { cluster, lanes }
}

async function buildMixed(cluster: Cluster, stack: AsyncDisposableStack, random: () => number): Promise<Built> {
  const destination = stack.adopt(await startPostgres(), (server) => server.stop())
  const client = await cluster.client()
  const files = localEnds(cluster, 'files')
  const lanes = [
    await fileLane(cluster, 'flow0', { ...files, outlet: await postgresOutlet(client, destination, 'files') }),
    await restLane(cluster, stack, await postgresOutlet(client, destination, 'pages')),
    await webhookLane(cluster, localEnds(cluster, 'hooks').outlet, random),
  ]
  return { cluster, lanes, destination }
}

function settingsOf(shape: Shape): ClusterSettings {
  if (shape === 'two servers') return { servers: 2, workers: 2, postgres: 'apart', leaseSeconds: 2 }
  return { servers: 1, workers: shape === 'three workers' ? 3 : 2, postgres: 'embedded', leaseSeconds: 2 }
}

async function fileLane(cluster: Cluster, name: string, ends: FileEnds): Promise<Lane> {
  const flow = await startFlow(cluster, name, ends, { cron: everySecond, first: { records: 100, bad: 1 } })
  return {
    flow,
    ends,
    async feed(random, watch, enough) {
      let seen = ''
      let piled = 0
      while (!enough.aborted) {
        if (seen !== watch.progress) piled = 0
        seen = watch.progress
        if (piled++ < mostPiled)
          await flow.stream.write({ records: 50 + Math.floor(random() * 300), bad: random() < 0.3 ? 1 : 0 })
        await pause(100 + random() * 400)
      }
    },
  }
}

async function restLane(cluster: Cluster, stack: AsyncDisposableStack, outlet: Ends['outlet']): Promise<Lane> {
  const api = stack.use(await PagedApi.start('pages'))
  api.publish(100)
  const ends = { source: api.inlet, outlet }
  const flow = await follow(cluster, api, ends)
  await api.read(cluster, flow.sourceId, AbortSignal.timeout(60_000), 0)
  return { flow, ends, feed: (random, _, ...until) => api.feed(cluster, flow.sourceId, random, ...until) }
}

async function webhookLane(cluster: Cluster, outlet: Ends['outlet'], random: () => number): Promise<Lane> {
  const hooks = new WebhookSenders('hooks')
  const ends = { source: hooks.inlet, outlet }
  hooks.arrived = () => outlet.rows('all')
  const flow = await follow(cluster, hooks, ends, undefined, async (sourceId, client) => {
    await hooks.find(client, sourceId)
    await hooks.post(cluster, 20, random)
  })
  return { flow, ends, feed: (random, _, enough) => hooks.feed(cluster, random, enough) }
}

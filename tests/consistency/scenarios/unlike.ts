import pg from 'pg'
import type { Cluster } from '../cluster.ts'
import { follow, judgeFlow, localEnds, settled } from '../flow.ts'
import { PagedApi } from '../paged-api.ts'
import type { Point } from '../points.ts'
import { postgresOutlet, type PostgresPlace } from '../postgres-ends.ts'
import type { Scenario } from '../scenario.ts'
import { WebhookSenders } from '../webhook-senders.ts'

const pagePoints: readonly Point[] = [
  'after-put',
  'after-commitIngest',
  'before-stage',
  'before-commit',
  'after-commit',
]
const hookPoints: readonly Point[] = ['before-commitIngest', 'after-commitIngest']

/** Pages of an API into tables: the page is the unit of resumption, and the destination remembers what it has taken. */
const pages = pagePoints.map((point): Scenario => ({
  name: `API into PostgreSQL, kill ${point.replace('-', ' ')}`,
  catches: point === 'before-commit' ? ['progress before delivery'] : [],
  async run(stage) {
    const { cluster, name } = stage
    const api = stage.use(await PagedApi.start(name))
    api.publish(300)
    const worker = await stage.workers({ incident: { point, signal: 'SIGKILL' } })
    const outlet = await postgresOutlet(await cluster.client(), ownServer(cluster), name.toLowerCase())
    const ends = { source: api.inlet, outlet }
    const flow = await follow(cluster, api, ends)
    await api.read(cluster, flow.sourceId, AbortSignal.timeout(60_000), 0)
    await worker.struck()
    await settled(cluster, flow)
    return judgeFlow(cluster, flow, ends)
  },
}))

/** Records that a webhook has acknowledged, whose reader dies. */
const hooks = hookPoints.map((point): Scenario => ({
  name: `webhook, kill ${point.replace('-', ' ')}`,
  async run(stage) {
    const { cluster, name, random } = stage
    const senders = new WebhookSenders(name)
    const ends = { source: senders.inlet, outlet: localEnds(cluster, name).outlet }
    senders.arrived = () => ends.outlet.rows('all')
    const worker = await stage.workers({ incident: { point, signal: 'SIGKILL' } })
    const flow = await follow(cluster, senders, ends, undefined, async (sourceId, client) => {
      await senders.find(client, sourceId)
      for (let body = 0; body < 5; body++) await senders.post(cluster, 30, random)
    })
    await worker.struck()
    await senders.post(cluster, 30, random)
    await settled(cluster, flow)
    return judgeFlow(cluster, flow, ends)
  },
}))

/** The PostgreSQL of the suite serves as a destination too, with a database for each scenario. */
function ownServer(cluster: Cluster): PostgresPlace {
  const url = new URL(cluster.databaseUrl)
  return {
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: decodeURIComponent(url.password),
    async createDatabase() {
      const name = `far_${Math.random().toString(36).slice(2)}`
      await cluster.database.pool.query(`create database ${pg.escapeIdentifier(name)}`)
      return name
    },
  }
}

export const unlike: readonly Scenario[] = [...pages, ...hooks]

import { setTimeout as pause } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { judgeFlow, settled, startFlow } from './flow.ts'
import type { Verdict } from './judge.ts'
import { Proxy, type Weather } from './proxy.ts'
import { randomFrom } from '../../tools/fuzz/random.ts'
import { s3Ends, startStore } from './s3-ends.ts'

/** A network that is like this for a while, again and again, between the platform and S3: source, segments and destinations. */
export const weathers: readonly Weather[] = ['cut', 'slow', 'silent', 'applied']

export interface WeatherFigures {
  readonly weather: Weather
  readonly spoilt: number
  readonly verdict: Verdict
}

export async function runThrough(weather: Weather, seed: number): Promise<WeatherFigures> {
  const random = randomFrom(seed)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await startStore(), (server) => server.stop())
  const proxy = stack.use(await Proxy.start(s3.endpoint, random))
  const store = { ...s3, endpoint: proxy.endpoint }
  const cluster = stack.use(
    await Cluster.start({ servers: 1, workers: 2, postgres: 'embedded', leaseSeconds: 2, store }),
  )
  const ends = await s3Ends(await cluster.client(), s3, weather, proxy.endpoint)
  const flow = await startFlow(cluster, weather, ends, { cron: '* * * * * ?', first: { records: 200, bad: 1 } })
  for (let round = 0; round < 5; round++) {
    await flow.stream.write({ records: 300, bad: 1 })
    await pause(random() * 1500)
    proxy.weather = weather
    for (let file = 0; file < 3; file++) await flow.stream.write({ records: 300 })
    await pause(1000 + random() * 1500)
    proxy.weather = 'fair'
  }
  await settled(cluster, flow, 120)
  return { weather, spoilt: proxy.spoilt, verdict: await judgeFlow(cluster, flow, ends) }
}

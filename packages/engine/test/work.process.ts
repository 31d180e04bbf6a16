import { derive } from '../src/index.ts'
import { EngineFlow, never } from './engine-fixture.ts'
import type { Order } from './killed-process.ts'

/* A worker in a process of its own, told to die somewhere. */

const order = JSON.parse(process.argv[2] ?? '') as Order
const flow = await EngineFlow.open(order.folder, order.failures ?? [], order.death ?? null)
flow.ledger.stepLimit = order.stepLimit ?? Number.POSITIVE_INFINITY
const { options = {}, limits } = order
if (order.work === 'ingest') await flow.run({ options, ...(limits === undefined ? {} : { limits }) })
else if (order.work === 'deliver') await flow.deliver(order.nexset, options)
else await derive({ id: order.child!, name: 'child', parentId: order.nexset, transform: null }, flow.ports, never)

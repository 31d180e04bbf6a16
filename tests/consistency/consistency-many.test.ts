import { test } from 'node:test'
import { clean, within } from './playing.ts'
import { scenarios } from './scenarios/index.ts'

/* Every third scenario here, and another third there; the long form, `npm run consistency`, plays all of them everywhere, with their defects. */

const third = (offset: number) => scenarios.filter((_, index) => index % 3 === offset)

test('PROMISE-KILL-POINTS, PROMISE-TWO-OWNERS: the same with three workers on one run', (t) =>
  within(t, 'three workers', (playground) => clean(t, playground, third(0))))

test('PROMISE-KILL-POINTS, PROMISE-TWO-OWNERS: the same with two servers on one PostgreSQL and one S3 store', (t) =>
  within(t, 'two servers', (playground) => clean(t, playground, third(1))))

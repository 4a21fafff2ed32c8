/** What happens on the stage: deliveries and requests, and that they went as they should. */
import { counting, figuresOf, type Figures } from './figures.ts'
import type { Delivery, Served, Stage } from './stage.ts'

/** Real time that the service has for its exchange, in milliseconds: many times what it takes. */
const FALLBACK_MS = 10_000

/** A delivery that must end so, and what was counted meanwhile. */
export async function deliver(
  stage: Stage,
  outcome: string,
  version: number,
): Promise<Delivery & { readonly figures: Figures }> {
  const [delivery, figures] = await counting(stage.world, () => stage.deliver())
  const { status, result } = delivery
  expect(status === 200 && result.outcome === outcome && result.version === version, said(delivery))
  return { ...delivery, figures }
}

/** Requests that must all be answered with the listing. */
export async function serve(stage: Stage, requests: number): Promise<Served> {
  const answered = await stage.request(requests)
  expect(answered.served === requests, { requests, ...answered })
  return answered
}

/** Goes on until somebody has minted; how many were served until then. */
export async function serveUntilMinted(stage: Stage): Promise<number> {
  const { mints } = figuresOf(stage.world)
  const deadline = performance.now() + FALLBACK_MS
  let served = 0
  do served += (await serve(stage, 50)).served
  while (figuresOf(stage.world).mints === mints && performance.now() < deadline)
  return served
}

export function said({ status, result }: Delivery): object {
  return { status, ...result }
}

/** Ends the step where it is not so, with what is so instead. */
export function expect(happened: boolean, instead: object): void {
  if (!happened) throw new Error(`it was otherwise: ${JSON.stringify(instead)}`)
}

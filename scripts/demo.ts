/** `keyferry demo`: the main job, end to end, on the emulator. Nothing is scripted: a step that goes otherwise fails it. */
import { styleText } from 'node:util'
import { defaultSeed, startEmulator } from '../emulator/index.ts'
import type { Call } from './command/call.ts'
import { figuresOf } from './demo/figures.ts'
import { play, type PlayedStep } from './demo/play.ts'
import { setStage, type Stage } from './demo/stage.ts'
import { STORY, type Step } from './demo/story.ts'
import type { World } from './demo/world.ts'
import { EXIT } from './command/failure.ts'
import type { Terminal } from './command/terminal.ts'
import { wrap } from './command/wrap.ts'

/** What `keyferry demo --json` prints. */
export interface DemoReport {
  readonly ok: boolean
  /** What went as told, in order; a step that did not ends the story. */
  readonly steps: readonly PlayedStep[]
  /** Of the step `thousand-requests`, as the three after it. */
  readonly requests?: unknown
  readonly secretReads?: unknown
  readonly consumerStsCalls?: unknown
  readonly listing?: unknown
  /** Exchanges that STS granted in the whole story, the fallback's among them. */
  readonly mints: number
}

export async function demo(call: Call, terminal: Terminal): Promise<number> {
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs }
  const seed = defaultSeed()
  const emulator = await startEmulator({ clock, seed })
  let stage: Stage | undefined
  try {
    const [broker, app] = seed.serviceAccounts as unknown as [World['broker'], World['app']]
    const { env, secretManager, sts, s3 } = emulator
    const appEnv = await emulator.envFor(app.email)
    const world = { env, appEnv, broker, app, roleArn: env['AWS_ROLE_ARN'] as string, secretManager, sts, s3 }
    stage = await setStage(world, clock)
    const tell = call.has('json') ? () => {} : teller(terminal)
    const report = reportOf(await play(STORY, stage, tell), figuresOf(world).mints)
    if (call.has('json')) terminal.print(JSON.stringify(report, null, 2))
    return report.ok ? EXIT.ok : EXIT.failed
  } finally {
    await stage?.close()
    await emulator.stop()
  }
}

function reportOf(steps: readonly PlayedStep[], mints: number): DemoReport {
  const { requests, secretReads, consumerStsCalls, listing }: Partial<PlayedStep> =
    steps.find(({ name }) => name === 'thousand-requests') ?? {}
  const ok = steps.every((step) => step.ok)
  return { ok, steps, requests, secretReads, consumerStsCalls, mints, listing }
}

function teller(terminal: Terminal): (step: Step, played: PlayedStep) => void {
  const paint = (colour: 'green' | 'red' | 'dim', text: string): string =>
    terminal.decorated ? styleText(colour, text, { validateStream: false }) : text
  terminal.report(INTRODUCTION)
  return ({ title }, { ok, minute, says }) => {
    const mark = ok ? paint('green', 'ok    ') : paint('red', 'FAILED')
    const at = paint('dim', `${minute} min`.padStart(7))
    const story = wrap(says, 96).map((line, i) => `${i === 0 ? '              → ' : ' '.repeat(16)}${line}`)
    terminal.report([`${mark} ${at}  ${title}`, ...story].join('\n'))
  }
}

const INTRODUCTION = `An emulator of Google and AWS runs in this process. Beside it run, as processes of their own, the scheduled function on
Google's functions-framework, and the service of examples/cloud-run-service.ts. Hours pass in seconds because the
emulator's clock and the Date of both processes are moved ahead together. Every figure is from the emulator's log.
`

/** `keyferry status`: what each secret holds, read through the lean transport, so that it runs without Google's client. */
import { loadConfig } from '../shared/config.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import { SECOND_MS } from '../shared/core/limits.ts'
import type { Target } from '../shared/core/target.ts'
import { targetsNamed } from '../shared/core/target-names.ts'
import { statusText } from '../shared/report/status-text.ts'
import { gatherStatus, type StatusReport } from '../shared/report/status.ts'
import type { Call } from './command/call.ts'
import { describeFailure, EXIT } from './command/failure.ts'
import { leanStores } from './lean-stores.ts'
import type { Terminal } from './command/terminal.ts'
import { PORT, wholeNumberIn } from './command/whole-number.ts'

type Look = () => Promise<StatusReport>

export async function status(call: Call, terminal: Terminal): Promise<number> {
  refuseWhatDoesNotFit(call)
  const { targets } = await loadConfig(terminal.env)
  const named = targetsNamed(targets, call.arguments)
  if (call.has('watch')) return watched(call, terminal, await sparingLook(named, terminal.env))
  if (call.has('serve')) return served(call, terminal, await sparingLook(named, terminal.env))
  const report = await gatherStatus(named, { storeOf: leanStores(terminal.env) })
  if (call.has('json')) terminal.print(JSON.stringify(report, null, 2))
  else terminal.report(statusText(report, terminal))
  return report.ok ? EXIT.ok : EXIT.failed
}

async function watched(call: Call, terminal: Terminal, look: Look): Promise<number> {
  const [{ untilStopped }, { redrawing }, { watch }, { changes, tableInPlace }] = await Promise.all([
    import('./command/until-stopped.ts'),
    import('./command/redrawing.ts'),
    import('./status/watch.ts'),
    import('./status/watch-views.ts'),
  ])
  const everySeconds = intervalIn(call, 10)
  const { screen, report: print, note } = terminal
  const json = call.has('json')
  const view =
    screen && !json
      ? tableInPlace(redrawing(screen), { everySeconds })
      : changes({ print: json ? terminal.print : print, note, json, debug: call.has('debug') })
  const isWell = await untilStopped((stopped) =>
    watch({ look, everyMs: everySeconds * SECOND_MS, stopped, view }),
  )
  return isWell ? EXIT.ok : EXIT.failed
}

async function served(call: Call, terminal: Terminal, look: Look): Promise<number> {
  const [{ aborted, untilStopped }, { version }, { tokenPlace }, { startStatusServer }] = await Promise.all([
    import('./command/until-stopped.ts'),
    import('./command/version.ts'),
    import('./serve/token-place.ts'),
    import('./status/serve-status.ts'),
  ])
  const maxAgeMs = intervalIn(call, 30) * SECOND_MS
  const port = wholeNumberIn(call, 'port', PORT)
  const place = await tokenPlace(call.value('token-file'))
  await untilStopped(async (stopped) => {
    const onFailure = (error: unknown): void => terminal.note(describeFailure(error, call.has('debug')))
    const { token } = place
    const server = await startStatusServer({ look, maxAgeMs, token, port, version: version(), onFailure })
    try {
      const path = await place.write()
      server.announce()
      // The token itself is in its file alone: what is printed ends up in logs.
      const asking = `curl -H "Authorization: Bearer $(cat ${quoted(path)})" http://127.0.0.1:${server.port}`
      for (const page of ['metrics', 'status']) terminal.print(`${asking}/${page}`)
      await aborted(stopped)
    } finally {
      await server.close()
      await place.remove()
    }
  })
  return EXIT.ok
}

/** Looks that go on for as long as the process does, and leave the writer its part of the quota. */
async function sparingLook(targets: readonly Target[], env: NodeJS.ProcessEnv): Promise<Look> {
  const { sparingLists } = await import('./status/sparing-lists.ts')
  const storeOf = sparingLists(leanStores(env), { count: targets.length })
  return () => gatherStatus(targets, { storeOf })
}

/** A second between two looks would ask more than anybody can read. */
const INTERVAL = { min: 2, max: 3_600, unit: 'seconds' }

function intervalIn(call: Call, otherwise: number): number {
  return wholeNumberIn(call, 'interval', INTERVAL) ?? otherwise
}

function refuseWhatDoesNotFit(call: Call): void {
  const [watches, serves] = [call.has('watch'), call.has('serve')]
  const problem = [
    watches && serves && '--watch is for people and --serve for programs: give one of them.',
    serves && call.has('json') && '--serve has the document of --json under /status: leave out --json.',
    !watches && !serves && call.has('interval') && '--interval is for --watch and --serve: give one of them.',
    !serves && call.has('port') && '--port is for --serve: give it, too.',
    !serves && call.has('token-file') && '--token-file is for --serve: give it, too.',
  ].find((each) => each !== false)
  if (problem) throw new KeyferryError('CONFIG_INVALID', problem)
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

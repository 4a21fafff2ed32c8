/** The command's own end: its output written, or said to be lost, and nothing waited for that nobody is there to see. */
type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr'>

/**
 * To be called before anything is written. Resolves to the exit code once all has been written: not 0 where it was not, but
 * for a reader that has seen enough (`keyferry status | head -1`).
 */
export function watchOutput({ stdout, stderr }: Streams = process): (status: number) => Promise<number> {
  let failure: NodeJS.ErrnoException | undefined
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error
  })
  // There is nowhere left to say it.
  stderr.on('error', () => undefined)

  return async (status) => {
    await written(stdout)
    if (failure) stderr.write(`keyferry: ${outputLost(failure)}\n`)
    await written(stderr)
    return failure && status === 0 ? FAILED : status
  }
}

const FAILED = 1

/** What a user reads where a write failed, by its error. */
export function outputLost({ code = 'unknown' }: NodeJS.ErrnoException): string {
  const why = WHY[code]
  return `What was to be printed could not be written (${why ? `${why}, ${code}` : code}).`
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left where standard output goes',
  EBADF: 'standard output is not open for writing',
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

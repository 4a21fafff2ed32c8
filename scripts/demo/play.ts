/** Plays a story step by step. A step that goes otherwise than it should ends it. */
import { redact } from '../../shared/core/redaction.ts'
import type { Stage } from './stage.ts'
import type { Step, Told } from './story.ts'

export interface PlayedStep extends Told {
  readonly name: string
  readonly ok: boolean
  /** Minutes of the story that had passed at its end. */
  readonly minute: number
}

export async function play(
  story: readonly Step[],
  stage: Stage,
  tell: (step: Step, played: PlayedStep) => void,
): Promise<readonly PlayedStep[]> {
  const steps: PlayedStep[] = []
  for (const step of story) {
    const played = await playStep(step, stage)
    steps.push(played)
    tell(step, played)
    if (!played.ok) break
  }
  return steps
}

async function playStep({ name, play: act }: Step, stage: Stage): Promise<PlayedStep> {
  try {
    const told = await act(stage)
    return { name, ok: true, minute: stage.minute(), ...told }
  } catch (error) {
    const says = redact(error instanceof Error ? error.message : String(error))
    return { name, ok: false, minute: stage.minute(), says }
  }
}

import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { ResultsMessages } from '../../messages/results.ts'
import type { GradeMark } from './organ-rows.ts'

/** A shape for each kind of mark; the words beside it say the same. */
const shapes: Record<GradeMark['kind'], string> = {
  borderline: '◇',
  crosses: '┼',
  oneRater: '▲',
  quarantine: '▲',
  measureSafe: '■',
  measureNearCut: '□',
}

/** What is said beside a grade: one short line for each way in which it could have come out otherwise. */
export function GradeMarks(props: { marks: readonly GradeMark[]; words: OfficeMessages; names: ResultsMessages }) {
  if (props.marks.length === 0) return null
  return (
    <ul class="marks">
      {props.marks.map((mark) => (
        <li key={markText(mark, props)}>
          <span class="shape" aria-hidden="true">
            {shapes[mark.kind]}
          </span>{' '}
          {markText(mark, props)}
        </li>
      ))}
    </ul>
  )
}

function markText(mark: GradeMark, { words, names }: { words: OfficeMessages; names: ResultsMessages }): string {
  switch (mark.kind) {
    case 'borderline':
      return fill(words.markBorderline, mark)
    case 'crosses':
      return fill(names.crosses, mark)
    case 'oneRater':
      return words.markOneRater
    case 'quarantine':
      return words.markQuarantine
    case 'measureSafe':
      return fill(words.markMeasureSafe, mark)
    case 'measureNearCut':
      return fill(words.markMeasureNearCut, mark)
  }
}

/** A class of organs, a part of the overall score or a grade, as the plan names it. */
export type Named = { id: string; title: string }

/** One grade of the plan, with the lowest score that earns it ('90'). Lists of grades stand best first. */
export type GradeDefinition = Named & { minimum: string }

/** Text and shape, never colour: ● best, ◐ second, △ last, ○ what lies between. */
export function gradeShape(grades: readonly GradeDefinition[], id: string): string {
  const place = grades.findIndex((grade) => grade.id === id)
  if (place === grades.length - 1) return '△'
  return ['●', '◐'][place] ?? '○'
}

/** The grade of a published score, or nothing where the score is withheld. */
export function Grade({ grades, id }: { grades: readonly GradeDefinition[]; id: string | null }) {
  const grade = grades.find((candidate) => candidate.id === id)
  if (!grade) return null
  return (
    <>
      <span class="grade" aria-hidden="true">
        {gradeShape(grades, grade.id)}
      </span>
      {`\u00A0${grade.title}`}
    </>
  )
}

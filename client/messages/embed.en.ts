import type { EmbedMessages } from './embed.ts'

export const embedEn: EmbedMessages = {
  title: '{survey}: on other sites',
  intro:
    'Government sites and others can show the first page of this survey in a page of theirs. Only sites named here may; people always answer in a window of this site, and no other page can be shown in a frame.',
  origins: 'Sites that may',
  originsHint:
    'One a line, such as https://www.example.gov.cn, without a path; 20 at most. With all of them gone nobody may',
  save: 'Save',
  done: 'Saved.',
  problem: 'These lines are no address of a site: {lines}. Write them as https://www.example.gov.cn, 20 at most',
  changed:
    'Somebody has changed this meanwhile; now these may: {lines}. What you typed is still below; save once more to replace theirs',
  noSite: 'no site',
  separator: ', ',
  snippetHeading: 'What the other site writes',
  snippetText: 'Put these two lines into the page. Where nothing can be shown it stays an ordinary link.',
  link: 'Take part',
  back: 'Back to the survey',
}

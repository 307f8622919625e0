export const embedZh = {
  title: '{survey}：在其他网站显示',
  intro:
    '政府网站等可以在自己的页面里显示本项测评的首页。只有写在这里的网站可以显示；评价总是在本站的新窗口里进行，其他页面都不能嵌入。',
  origins: '允许的网站',
  originsHint: '每行一个，例如 https://www.example.gov.cn，不带路径；最多 20 个。全部删去即不再允许',
  save: '保存',
  done: '已保存。',
  problem: '这些行不是网站地址：{lines}。请写成 https://www.example.gov.cn 的样子，最多 20 行',
  changed: '别人刚才改过，现在允许的是：{lines}。您填的还在下面；再保存一次，就以您的为准',
  noSite: '没有网站',
  separator: '、',
  snippetHeading: '对方网页里写什么',
  snippetText: '把下面两行放进网页。不能显示的地方仍然是一个普通链接。',
  link: '参加评价',
  back: '回到这项测评',
}

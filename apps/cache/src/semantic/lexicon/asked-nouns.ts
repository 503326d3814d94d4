import { wordMap } from './word-list.js';

/** What a noun behind "what" or "which" asks for. */
export const askedNouns = wordMap(
  `time=when date=when day=when year=when month=when century=when era=when place=where location=where city=where country=where
  reason=why reasons=why cause=why causes=why caused=why makes=why purpose=why explains=why way=how ways=how method=how methods=how steps=how
  process=how procedure=how technique=how do=how person=who people=who name=who founder=who author=who inventor=who artist=who painter=who singer=who writer=who actor=who director=who president=who king=who queen=who scientist=who age=how-old
  cost=how-much price=how-much distance=how-far number=how-much amount=how-much length=how-long duration=how-long
  percentage=how-much temperature=how-hot speed=how-fast height=how-tall weight=how-much population=how-much`,
);

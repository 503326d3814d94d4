const you = '(?:you|u|someone|somebody|anyone|anybody|ya)';
const tell =
  '(?:tell|show|explain|help|give|let|describe|teach|walk|remind|clarify|say|advise|guide|point|share|assist)';
const whWord = '(?=\\s+(?:how|what|why|when|where|who|which|whether|if)\\b)';

/** Phrases of politeness and address; they carry no part of the question. Order matters: longer ones first. */
const phrases = [
  '^\\s*(?:hi|hey|hello|yo|greetings|good (?:morning|afternoon|evening|day))\\b(?: (?:there|everyone|everybody|guys|all|again|team|friend|assistant|bot|claude|chatgpt|gpt|siri|alexa|gemini|copilot))*[\\s,!.:-]*',
  '^\\s*(?:ok|okay|so|well|ugh+|excuse me|pardon me|um+|uh+|hmm+|alright|right|now|and|also|oh|actually|basically|listen|look)[\\s,!.:-]+(?:so\\b[\\s,]*)?',
  "(?:(?:i|we)(?:'ve| have)? )?(?:got |have )?(?:just )?(?:a |an |one |another )?(?:really |super |very )?(?:quick|simple|dumb|stupid|silly|random|small|basic|noob|weird|short|little|newbie) questions?(?: for you| here| about this)?[\\s,:;.!-]*",
  "(?:i|we)(?:'ve| have| got|'ve got) (?:a |an |one |another )?question(?: for you| about)?[\\s,:;.!-]*",
  `(?:if (?:it'?s not too much trouble|it is not too much trouble|you (?:don'?t|do not) mind|you can|you could|possible|it'?s possible|you have (?:a|the) (?:moment|minute|second|time|sec))),?(?: please)?`,
  'would you mind (?:telling|explaining|showing|helping)(?: (?:me|us))?(?: to me| understand)?',
  `(?:i|we)(?: would|'d) (?:really |greatly )?(?:appreciate|be grateful|love|like)(?: it)?(?: if you (?:could|can|would))? ?(?:to (?:know|ask|understand|find out|learn(?= (?:how|what|why|when|where|who|about)\\b)|hear))?(?: about)?(?: (?:${tell}) (?:me|us))?`,
  `(?:can|could|would|will) ${you}(?: please| kindly| maybe| possibly| perhaps| just| quickly)* ${tell}(?: to)?(?: me| us)?(?: out)?(?: to)?(?: please| quickly)*(?: know| understand| figure out| through| find out| with)?(?: about)?`,
  `(?:can|could|would|will) ${you}(?: please| kindly)+`,
  `(?:does|do) (?:anyone|anybody|someone|you|u|somebody)(?: here)?(?: happen to)? know(?: about)?`,
  `(?:i (?:was|am)|i'?m|im|was|i'?ve been|i have been) (?:just |really |still |also )?(?:wondering|curious|interested|trying to (?:figure out|find out|understand|know|learn)|looking to (?:find out|know|understand)|asking myself|confused)(?: (?:about|to know|if you (?:could|can) (?:tell|explain|help)(?: me)?|if you know|in knowing))?`,
  `(?:i|we) (?:just |really |also |simply )?(?:want|wanna|need|have|wanted|needed|wish)(?: to)? (?:know|find out|understand|ask|figure out)(?: about)?`,
  `i (?:do not|don'?t|dont|can'?t|cannot|couldn'?t)(?: really| quite| fully)? (?:know|understand|get|remember|recall|figure out)${whWord}`,
  `(?:i'?m|i am|im) not (?:really |quite |entirely |too )?(?:sure|certain|clear)(?: about)?${whWord}`,
  `(?:i|i've|i have) (?:always |often )?(?:forgot|forgotten|wondered|wonder)${whWord}`,
  `(?:any (?:idea|chance you know|clue|thoughts on|advice on|tips on|suggestions on))`,
  '(?:do you have|have you got|got) any (?:idea|clue|thoughts on|advice on)(?: about)?',
  '(?:please|kindly|pls|plz|pleas) ?(?:tell|explain|show|help|let|remind)? ?(?:to )?(?:me|us)?(?: know| understand)?(?: about)?',
  `(?:tell|show|explain to|remind|help) (?:me|us)(?: understand| to understand| out| figure out| know)?${whWord}`,
  '(?:thanks|thank you|thx|ty|cheers|tysm)(?: so much| very much| a lot| a bunch| a million| kindly)?(?: in advance| ahead| for (?:the|your|any) (?:help|time|assistance))?[\\s,!.]*',
  '(?:i (?:really )?)?appreciate (?:it|the help|your help|any help|your time)[\\s,!.]*',
  '(?:much )?appreciated[!.]*$',
  '(?:sorry (?:to bother(?: you)?|for (?:the )?(?:dumb|silly|basic|stupid|bothering) ?(?:question|you)?|if this is (?:a )?(?:obvious|basic|dumb|silly)(?: question)?))[\\s,:;.!-]*(?:but )?',
  "(?:just|out of|asking out of|i'?m asking out of)? ?(?:pure |sheer )?curiosity[\\s,:-]*|\\bjust curious\\b[\\s,:-]*",
  "(?:by the way|btw|fyi|real quick|really quick(?:ly)?|asap|as soon as possible|for me|to me|lol|haha|for my own (?:knowledge|understanding)|in your opinion|imo|like i'?m five|when you get a chance|whenever you can)(?=[\\s,.!?]|$)",
  "(?:hope (?:you(?:'?re| are) (?:doing )?well|this finds you well|you can help))[\\s,!.]*",
  '(?:any help (?:is|would be) (?:much |greatly |really )?(?:appreciated|great|nice|welcome))[\\s,!.]*',
  '(?:let me know|help me out|need (?:some |your )?help(?: with (?:this|something))?|i need (?:some |your )?(?:help|assistance)|looking for help)(?=[\\s,.!?:]|$)[\\s,!.:]*',
  `(?:what i (?:want|need|would like) to know is|my question is|here'?s my question|the question is|it would be (?:great|nice|helpful|awesome) (?:if you could ${tell}(?: me| us)?|to know)|been wondering)[\\s,:-]*`,
  '(?:(?:my|a) (?:friend|boss|colleague|teacher|kid|son|daughter) (?:is asking|asked me|wants to know|asked|keeps asking))[\\s,:-]*',
];

/** Every filler phrase, case-insensitive, at word boundaries. */
export const fillerPhrases: readonly RegExp[] = phrases.map(
  (phrase) =>
    new RegExp(phrase.startsWith('^') ? phrase : `(?<![\\p{L}\\p{N}'-])(?:${phrase})(?![\\p{L}\\p{N}'])`, 'giu'),
);

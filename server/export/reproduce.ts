/**
 * An R script that computes the published figures again from the tables of an export, and compares them to their last
 * published digit. With single slips, which only an auditor has, it also makes the weights, and standard errors come from
 * the package `survey`; without them they start from the published variances. Ends with 1 where something differs.
 */
export const reproduceScript = String.raw`# Computes the published scores and standard errors again and compares them to the last published digit.
#   Rscript reproduce.R [DIRECTORY]
# It reads scores.csv, tallies.csv, questions.csv and rules.csv; codebook.csv says what they hold. Where there are single
# slips (slips-GROUP.csv, from the files of an auditor), it weights them and computes standard errors with the package
# survey; else it starts from the published sums and variances.
# Ends with 1 and a list where a figure differs.
options(survey.lonely.psu = "adjust", digits = 15)
arguments <- commandArgs(TRUE)
folder <- if (length(arguments) > 0) arguments[1] else "."

read <- function(name) {
  path <- file.path(folder, paste0(name, ".csv"))
  if (!file.exists(path)) return(NULL)
  rows <- read.csv(path, colClasses = "character", na.strings = "", encoding = "UTF-8", check.names = FALSE)
  # The byte order mark is for spreadsheets.
  names(rows)[1] <- sub("^[^a-z]+", "", names(rows)[1], useBytes = TRUE)
  rows
}
scores <- read("scores"); tallies <- read("tallies"); questions <- read("questions"); rules <- read("rules")
rules[is.na(rules)] <- ""

# 0.3 or 3/7
number <- function(text) vapply(strsplit(text, "/"), function(part) {
  part <- as.numeric(part)
  if (length(part) == 2) part[1] / part[2] else part[1]
}, 0)
rule <- function(kind, of = "") {
  found <- rules[rules$rule == kind & rules$belongs_to == of, ]
  setNames(found$value, found$item)
}
setting <- rule("setting")
decimals <- as.integer(setting[["decimals"]])
level <- as.numeric(setting[["ci_level"]])
half_up <- function(x) floor(x * 10^decimals + 0.5 + 1e-7) / 10^decimals
rounds <- setting[["rounding"]] == "each"
between <- function(x) if (rounds) half_up(x) else x

# A figure agrees when the published digits are a right rounding of what is computed.
compared <- 0; differing <- character()
compare <- function(what, published, computed, digits = 2) {
  compared <<- compared + 1
  same <- if (is.na(published)) is.na(computed) else
    !is.na(computed) && abs(as.numeric(published) - computed) <= 0.5 * 10^-digits + 1e-6
  if (!isTRUE(same)) differing <<- c(differing, sprintf("%s: published %s, computed %s", what, published, format(computed)))
}
line_of <- function(organ, part) scores[scores$organ == organ & scores$part == part, ]

# calibrate() of survey 4.1 tests the wrong limits in its own bounded raking.
within <- function(low, high) make.calfun(
  Fm1 = function(u, bounds) pmin(pmax(exp(u), low), high) - 1,
  dF = function(u, bounds) ifelse(u > log(low) & u < log(high), exp(u), 0), name = "within"
)

# With which category each is counted: small ones join the neighbour that was named for them, the smallest first.
merged <- function(counts, share, into, least) {
  root <- setNames(names(counts), names(counts))
  top <- function(name) { while (root[[name]] != name) name <- root[[name]]; name }
  repeat {
    changed <- FALSE
    for (name in names(counts)[order(counts)]) {
      if (root[[name]] != name || counts[[name]] >= least) next
      if (counts[[name]] == 0 && share[[name]] == 0) next
      if (!(name %in% names(into)) || !(into[[name]] %in% names(counts))) next
      to <- top(into[[name]])
      if (to == name) next
      root[[name]] <- to
      counts[[to]] <- counts[[to]] + counts[[name]]
      changed <- TRUE
      break
    }
    if (!changed) return(vapply(names(counts), top, ""))
  }
}

# Score, standard error and degrees of freedom of one group about one organ, from its slips.
from_slips <- function(group, organ, slips) {
  rated <- names(rule("question_weight", group))
  alpha <- number(rule("question_weight", group)); alpha <- alpha / sum(alpha)
  scale <- rule("question_scale", group)
  value <- sapply(rated, function(q) number(rule("points", scale[[q]])[slips[[paste0("q_", q)]]]))
  value <- matrix(value, ncol = length(rated))
  keep <- rowSums(!is.na(value)) > 0
  slips <- slips[keep, ]; value <- value[keep, , drop = FALSE]; n <- nrow(slips)
  design <- rule("design", group)
  stratified <- design[["kind"]] == "stratified"
  people <- number(rule("stratum_people", group)); names(people) <- names(rule("stratum_people", group))
  size <- table(slips$stratum)
  slips$base <- 1
  if (stratified && design[["weight_by"]] == "share") {
    share <- number(rule("stratum_share", group)); names(share) <- names(rule("stratum_share", group))
    slips$base <- as.numeric(share[slips$stratum] / size[slips$stratum])
  }
  if (stratified && design[["weight_by"]] == "population") slips$base <- as.numeric(people[slips$stratum] / size[slips$stratum])
  slips$base <- slips$base / sum(slips$base) * n
  finite <- design[["fpc"]] == "true"
  if (finite) slips$people <- if (stratified) as.numeric(people[slips$stratum]) else as.numeric(design[["expected"]])
  for (q in seq_along(rated)) {
    slips[[paste0("r", q)]] <- as.numeric(!is.na(value[, q]))
    slips[[paste0("v", q)]] <- ifelse(is.na(value[, q]), 0, value[, q])
  }

  margins <- if (design[["calibration"]] == "none") character() else
    sub(".*/", "", unique(rules$belongs_to[rules$rule == "share" & startsWith(rules$belongs_to, paste0(group, "/"))]))
  total <- c("(Intercept)" = n)
  used <- character()
  for (name in margins) {
    share <- number(rule("share", paste0(group, "/", name))); names(share) <- names(rule("share", paste0(group, "/", name)))
    told <- slips[[paste0("m_", name)]]
    counts <- setNames(vapply(names(share), function(each) sum(told == each), 0), names(share))
    root <- merged(counts, share, rule("merge_into", paste0(group, "/", name)), as.numeric(setting[["merge_below"]]))
    category <- ifelse(told == "__missing", told, root[told])
    target <- tapply(share, root[names(share)], sum)
    target <- target[target > 0 | names(target) %in% category]
    # Who did not tell keeps the base-weighted share of the sample.
    untold <- sum(slips$base[told == "__missing"]) / n
    target <- c(target * (1 - untold), if (untold > 0) c("__missing" = untold))
    if (length(target) < 2) next
    slips[[paste0("x.", name)]] <- factor(category, names(target))
    used <- c(used, paste0("x.", name))
    total <- c(total, setNames(target[-1] * n, paste0("x.", name, names(target)[-1])))
  }
  drawn <- svydesign(
    id = ~1, strata = if (stratified) ~stratum, weights = ~base, fpc = if (finite) ~people, data = slips
  )
  if (length(used) > 0) {
    formula <- as.formula(paste("~", paste(used, collapse = "+")))
    weigh <- function(method) calibrate(drawn, formula, total, calfun = method, epsilon = 1e-11, maxit = 1000)
    low <- number(setting[["lower"]]); high <- number(setting[["upper"]])
    raked <- suppressWarnings(weigh("raking"))
    factor_of <- weights(raked) / slips$base
    if (any(factor_of < low - 1e-9 | factor_of > high + 1e-9)) raked <- weigh(within(low, high))
    drawn <- raked
  }
  official <- as.numeric(slips$weight)
  off <- max(abs(weights(drawn) - official))
  compared <<- compared + 1
  if (off > 0.5e-6 + 1e-8)
    differing <<- c(differing, sprintf("%s %s weights: differ by %s from those of survey", organ, group, format(off)))
  totals <- svytotal(as.formula(paste("~", paste0("v", seq_along(rated), "+r", seq_along(rated), collapse = "+"))), drawn)
  expression <- paste0(alpha, "*v", seq_along(rated), "/r", seq_along(rated), collapse = "+")
  error <- as.numeric(SE(svycontrast(totals, list(y = parse(text = expression)[[1]]))))
  # The score is exact arithmetic on the official weights, which are rounded to six decimals.
  mean <- colSums(official * replace(value, is.na(value), 0)) / colSums(official * !is.na(value))
  list(n = n, score = between(sum(alpha * vapply(mean, between, 0))), error = error, df = degf(drawn))
}

# The same from the published sums.
from_sums <- function(group, organ, tally) {
  own <- questions[questions$group == group & questions$organ == organ, ]
  alpha <- as.numeric(own$weight); alpha <- alpha / sum(alpha)
  mean <- vapply(as.numeric(own$points) / as.numeric(own$answers), between, 0)
  score <- if (is.na(tally$printed_score)) between(sum(alpha * mean)) else as.numeric(tally$printed_score)
  list(n = as.integer(tally$n), score = score, error = sqrt(as.numeric(tally$variance)), df = as.numeric(tally$degrees_of_freedom))
}

compare_interval <- function(what, line, found) {
  if (!(line$interval_status %in% "ok")) return(invisible())
  reach <- qt(1 - (1 - level) / 2, found$df) * found$error
  compare(paste(what, "interval low"), line$interval_low, max(0, found$score - reach))
  compare(paste(what, "interval high"), line$interval_high, min(100, found$score + reach))
}

estimates <- list()
for (group in unique(tallies$group)) {
  slips <- read(paste0("slips-", group))
  if (!is.null(slips)) suppressMessages(library(survey))
  for (at in which(tallies$group == group)) {
    tally <- tallies[at, ]
    what <- paste(tally$organ, group)
    line <- line_of(tally$organ, group)
    if (tally$status != "ok") next
    found <- if (is.null(slips)) from_sums(group, tally$organ, tally) else
      from_slips(group, tally$organ, slips[slips$organ == tally$organ & slips$counted == "yes", ])
    compare(paste(what, "n"), line$n, found$n, 0)
    compare(paste(what, "score"), line$score, found$score, decimals)
    if (tally$interval_status %in% c("ok", "census")) compare(paste(what, "standard error"), line$standard_error, found$error)
    if (tally$interval_status == "ok") compare(paste(what, "degrees of freedom"), tally$degrees_of_freedom, found$df, 0)
    compare_interval(what, line, found)
    if (!(tally$interval_status %in% c("ok", "census"))) found$error <- NA
    estimates[[tally$organ]][[group]] <- found
  }
}

# The weighted tree of the plan; a review counts where one was given.
tree <- function(organ, id, satisfaction) {
  if (id == setting[["satisfaction"]]) return(satisfaction)
  review <- if (id == "") NA else line_of(organ, id)$exact_score
  if (length(review) == 1 && !is.na(review)) return(number(review))
  parts <- rule("indicator", id)
  if (length(parts) == 0) return(NA)
  weight <- if (all(parts == "")) rep(1, length(parts)) else number(parts)
  value <- vapply(names(parts), function(part) between(tree(organ, part, satisfaction)), 0)
  sum(weight * value) / sum(weight)
}

for (organ in unique(scores$organ)) {
  line <- line_of(organ, "satisfaction")
  share <- number(rule("group_weight", line$organ_class)); names(share) <- names(rule("group_weight", line$organ_class))
  own <- estimates[[organ]]
  missing <- setdiff(names(share), names(own))
  if (length(missing) > 0 && (setting[["missing_group"]] == "block" || length(own) == 0)) {
    compare(paste(organ, "satisfaction"), line$score, NA)
    next
  }
  share <- share[names(share) %in% names(own)]
  own <- own[names(share)]
  variance <- share^2 * vapply(own, function(each) each$error^2, 0)
  if (setting[["missing_group"]] == "renormalise") { variance <- variance / sum(share)^2; share <- share / sum(share) }
  df <- vapply(own, function(each) each$df, 0)
  found <- list(
    score = between(sum(share * vapply(own, function(each) each$score, 0))), error = sqrt(sum(variance)),
    df = sum(variance)^2 / sum((variance^2 / df)[variance > 0])
  )
  compare(paste(organ, "satisfaction"), line$score, found$score, decimals)
  if (line$interval_status %in% c("ok", "census")) compare(paste(organ, "satisfaction standard error"), line$standard_error, found$error)
  compare_interval(paste(organ, "satisfaction"), line, found)

  line <- line_of(organ, "overall")
  if (line$status != "ok") next
  overall <- between(tree(organ, "", found$score))
  rounds <- FALSE
  counts <- tree(organ, "", 1) - tree(organ, "", 0)
  rounds <- setting[["rounding"]] == "each"
  whole <- list(score = overall, error = found$error * counts, df = found$df)
  compare(paste(organ, "overall"), line$score, overall, decimals)
  if (line$interval_status %in% c("ok", "census")) compare(paste(organ, "overall standard error"), line$standard_error, whole$error)
  compare_interval(paste(organ, "overall"), line, whole)
}

cat(sprintf("%d figures compared, %d differ\n", compared, length(differing)))
for (each in head(differing, 20)) cat("  ", each, "\n", sep = "")
quit(status = if (compared == 0 || length(differing) > 0) 1 else 0)
`

# Makes test vectors of kind `group` with R and its package survey (Debian: r-base-core r-cran-survey r-cran-mass
# r-cran-jsonlite), for designs that combine strata, clusters, base weights, trimming and calibration:
#   Rscript test/vectors/r/generate.R DIRECTORY NUMBER SEED
# Every figure in `expected` is R's: means and errors by svytotal and svycontrast, weights by calibrate.
# Draws for which R finds no weights, or no variation, are left out.
suppressMessages({ library(survey); library(jsonlite) })
options(survey.lonely.psu = "adjust", digits = 15)
args <- commandArgs(TRUE)
directory <- args[1]
set.seed(as.integer(args[3]))

points <- c("5" = 100, "4" = 80, "3" = 60, "2" = 30, "1" = 0)
shares <- c(A = .5, B = .3, C = .2)
population <- list(city = c(x = .4, y = .35, z = .25), age = c(o = .35, m = .3, j = .35), sex = c(f = .52, m = .48))

# Name, what weighs a slip, and how it was drawn.
designs <- list(
  list("srs"), list("srs-fpc", fpc = TRUE), list("weights", w = .4), list("trimmed", w = 1, trim = TRUE),
  list("shares-fpc", strata = "share", fpc = TRUE), list("expanded", strata = "N"),
  list("expanded-clusters", strata = "N", clusters = TRUE), list("strata-weights", strata = "slips", w = .4),
  list("weights-raked", w = .4, margins = names(population), missing = TRUE),
  list("shares-poststratified", strata = "share", margins = "city"),
  list("clusters-raked", clusters = TRUE, margins = names(population), missing = TRUE),
  list("raked-bounded", margins = names(population), bounds = c(.6, 1.9)),
  list("expanded-raked", strata = "N", margins = names(population), missing = TRUE),
  list("shares-fpc-raked", strata = "share", fpc = TRUE, margins = names(population)),
  list("trimmed-raked", w = 1, trim = TRUE, margins = names(population))
)

# calibrate() tests the wrong limits in its own bounded raking (4.1.1).
within <- function(low, high) make.calfun(
  Fm1 = function(u, bounds) pmin(pmax(exp(u), low), high) - 1,
  dF = function(u, bounds) ifelse(u > log(low) & u < log(high), exp(u), 0), name = "within"
)

trimmed <- function(weights, lower, upper) {
  low <- lower * mean(weights); high <- upper * mean(weights)
  repeat {
    outside <- weights < low - 1e-13 | weights > high + 1e-13
    if (!any(outside)) return(weights)
    clipped <- pmin(pmax(weights, low), high)
    excess <- sum(weights - clipped)
    weights <- clipped
    weights[!outside] <- weights[!outside] + excess / sum(!outside)
  }
}

vector <- function(design, number) {
  n <- sample(20:60, 1); questions <- sample(1:3, 1)
  weights <- round(runif(questions, .5, 3), 2)
  liking <- runif(1, .2, .9)
  answers <- matrix(sample(c(names(points), "DK", NA), n * questions, TRUE, c(liking, .3, .2, .1, .1, .05, .03)), n)
  rows <- data.frame(
    id = sprintf("r%03d", 1:n), stratum = sample(names(shares), n, TRUE, c(.5, .3, .2)),
    city = sample(c("x", "y", "z"), n, TRUE, c(.5, .3, .2)), age = sample(c("o", "m", "j"), n, TRUE, c(.3, .3, .4)),
    sex = sample(c("f", "m"), n, TRUE), w = if (is.null(design$w)) 1 else round(rlnorm(n, 0, design$w), 3)
  )
  rows$cluster <- paste0(if (is.null(design$strata)) "k" else rows$stratum, "-", sample(1:7, n, TRUE))
  if (!is.null(design$missing)) for (name in c("city", "age")) rows[[name]][runif(n) < .06] <- NA

  counted <- rowSums(!is.na(answers) & answers != "DK") > 0
  d <- rows[counted, ]; a <- answers[counted, , drop = FALSE]; m <- nrow(d)
  isStratified <- !is.null(design$strata); isClustered <- !is.null(design$clusters); isFinite <- !is.null(design$fpc)
  sizes <- table(factor(d$stratum, names(shares)))
  if (isStratified && any(sizes == 0)) return(NULL)
  N <- c(sizes) + sample(0:40, 3); whole <- m + sample(1:100, 1)
  base <- if (!isStratified || design$strata == "slips") d$w
    else if (design$strata == "share") as.numeric(shares[d$stratum] / sizes[d$stratum])
    else as.numeric(N[d$stratum] / sizes[d$stratum])
  if (!is.null(design$trim)) base <- trimmed(base, .3, 3)
  d$base <- base / sum(base) * m
  if (isFinite) d$N <- if (isStratified) as.numeric(N[d$stratum]) else whole
  valid <- !is.na(a) & a != "DK"
  for (q in 1:questions) {
    d[[paste0("r", q)]] <- as.numeric(valid[, q])
    d[[paste0("v", q)]] <- ifelse(valid[, q], points[a[, q]], 0)
  }
  if (any(colSums(valid) == 0)) return(NULL)

  # Who did not tell keeps the base-weighted share of the sample.
  total <- c("(Intercept)" = m)
  for (name in design$margins) {
    target <- population[[name]]
    value <- ifelse(is.na(d[[name]]), "__missing", d[[name]])
    untold <- sum(d$base[value == "__missing"]) / m
    if (untold > 0) target <- c(target * (1 - untold), "__missing" = untold)
    if (!all(names(target) %in% value)) return(NULL)
    d[[paste0("x.", name)]] <- factor(value, names(target))
    total <- c(total, setNames(target[-1] * m, paste0("x.", name, names(target)[-1])))
  }
  drawn <- svydesign(
    id = if (isClustered) ~cluster else ~1, strata = if (isStratified) ~stratum, weights = ~base,
    fpc = if (isFinite) ~N, data = d
  )
  if (!is.null(design$margins)) {
    formula <- as.formula(paste("~", paste0("x.", design$margins, collapse = "+")))
    method <- if (is.null(design$bounds)) "raking" else within(design$bounds[1], design$bounds[2])
    drawn <- try(suppressWarnings(calibrate(drawn, formula, total, calfun = method, epsilon = 1e-11, maxit = 1000)), TRUE)
    if (inherits(drawn, "try-error")) return(NULL)
    # A weight of nothing means that no positive weights exist.
    if (min(weights(drawn)) < 1e-3) return(NULL)
  }

  terms <- paste0("v", 1:questions, "/r", 1:questions)
  totals <- svytotal(as.formula(paste("~", paste0("v", 1:questions, "+r", 1:questions, collapse = "+"))), drawn)
  estimate <- function(expression) {
    found <- svycontrast(totals, list(y = parse(text = expression)[[1]]))
    list(mean = as.numeric(coef(found)), se = as.numeric(SE(found)))
  }
  score <- estimate(paste0(weights / sum(weights), "*", terms, collapse = "+"))
  each <- lapply(1:questions, function(q) c(n = sum(valid[, q]), estimate(terms[q])))
  df <- degf(drawn)
  if (df < 1 || score$se < 1e-6 || any(sapply(each, function(one) one$se < 1e-6))) return(NULL)
  units <- if (!isClustered) sizes else tapply(d$cluster, d$stratum, function(names) length(unique(names)))
  w <- weights(drawn)
  named <- function(values, names) setNames(as.list(values), names)

  spec <- list(kind = if (isStratified) "stratified" else "srs")
  if (isStratified) spec$strata <- lapply(setNames(nm = names(shares)), function(name) {
    if (design$strata == "share") list(N = N[[name]], share = shares[[name]]) else list(N = N[[name]])
  })
  if (isFinite) spec$fpc <- TRUE
  if (isFinite && !isStratified) spec$N <- whole
  if (isStratified && design$strata == "N") spec$expandByN <- TRUE
  if (isClustered) spec$clustered <- TRUE
  params <- list(
    scale = as.list(points), missing = list("DK", NA), design = spec, ciLevel = .95,
    questions = lapply(1:questions, function(q) list(id = paste0("q", q), weight = weights[q]))
  )
  if (!is.null(design$margins)) {
    params$calibration <- list(
      method = if (length(design$margins) == 1) "poststratify" else "rake",
      margins = lapply(population[design$margins], as.list)
    )
    if (!is.null(design$bounds)) params$calibration$bounds <- design$bounds
  }
  if (!is.null(design$trim)) params$trim <- list(lower = .3, upper = 3)
  list(
    id = sprintf("r-%s-%d", design[[1]], number), kind = "group", title = paste("R survey:", design[[1]]),
    input = list(params = params, rows = lapply(1:n, function(i) {
      row <- list(id = rows$id[i])
      if (isStratified) row$stratum <- rows$stratum[i]
      if (isClustered) row$cluster <- rows$cluster[i]
      if (!is.null(design$w)) row$w <- rows$w[i]
      if (!is.null(design$margins)) row$x <- named(unlist(rows[i, design$margins]), design$margins)
      row$a <- lapply(setNames(1:questions, paste0("q", 1:questions)), function(q) {
        if (answers[i, q] %in% names(points)) as.integer(answers[i, q]) else answers[i, q]
      })
      row
    })),
    expected = list(
      nRows = n, n = m, status = "ok", ciStatus = "ok",
      flags = if (isStratified && any(units == 1)) list("lonely_stratum") else list(),
      weights = named(as.numeric(w), d$id),
      kish = list(nEff = sum(w)^2 / sum(w^2), deff = m * sum(w^2) / sum(w)^2),
      questions = named(each, paste0("q", 1:questions)),
      score = c(score, list(variance = score$se^2, df = df, ci = score$mean + c(-1, 1) * qt(.975, df) * score$se))
    ),
    tolerance = list(abs = 1e-7, rel = 1e-7),
    producedBy = list(R = R.version.string, survey = as.character(packageVersion("survey")))
  )
}

made <- 0
while (made < as.integer(args[2])) {
  design <- designs[[made %% length(designs) + 1]]
  found <- vector(design, made %/% length(designs) + 1)
  if (is.null(found)) next
  made <- made + 1
  write(toJSON(found, auto_unbox = TRUE, digits = NA, na = "null"), file.path(directory, paste0(found$id, ".json")))
}

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value/call.h"
#include "text/jinja/value/macro.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/value.h"

namespace hearth::jinja {

/// Where a variable lives at run time: `hops` functions outward (a macro's body is one), at `slot` there.
struct VariableRef {
  uint32_t hops = 0;
  uint32_t slot = 0;
};

/// How a variable of a frame starts when the frame is entered.
struct SlotInit {
  enum class Kind : uint8_t {
    kMissing,  ///< undefined until it is set
    kOuter,    ///< as the variable of that name further out
    kContext,  ///< as what the rendering was given under that name
  };

  uint32_t slot;
  Kind kind;
  VariableRef outer;    ///< for kOuter
  uint32_t name_index;  ///< for kContext: in Program::context_names
};

/// The variables that belong to one block of statements.
struct Frame {
  std::vector<SlotInit> inits;
  std::vector<uint32_t> slots;  ///< all of them, to be emptied when the frame is left
};

// Expressions

enum class ExprKind : uint8_t {
  kConstant,
  kString,
  kName,
  kList,
  kTuple,
  kDict,
  kNot,
  kNegate,
  kPlus,
  kBinary,
  kLogical,
  kCompare,
  kConcat,
  kConditional,
  kAttribute,
  kSubscript,
  kSlice,
  kCall,
  kFilter,
  kTest,
};

/// A node of an expression. `height` is how deep it is nested below.
struct Expr {
  Expr(ExprKind node, uint32_t at) : kind(node), line(at) {}
  virtual ~Expr() = default;

  const ExprKind kind;
  const uint32_t line;
  int height = 1;
};
using ExprPtr = std::unique_ptr<Expr>;

struct ConstantExpr final : Expr {
  ConstantExpr(uint32_t at, Value constant) : Expr(ExprKind::kConstant, at), value(std::move(constant)) {}
  Value value;  ///< a scalar
};

struct StringExpr final : Expr {
  StringExpr(uint32_t at, std::string literal) : Expr(ExprKind::kString, at), text(std::move(literal)) {}
  std::string text;
  uint32_t index = 0;  ///< among the strings of the program
};

struct NameExpr final : Expr {
  NameExpr(uint32_t at, std::string identifier) : Expr(ExprKind::kName, at), name(std::move(identifier)) {}
  std::string name;
  VariableRef ref;
};

/// A list, a tuple, or the operands of ~.
struct ItemsExpr final : Expr {
  ItemsExpr(ExprKind node, uint32_t at) : Expr(node, at) {}
  std::vector<ExprPtr> items;
};

struct DictExpr final : Expr {
  explicit DictExpr(uint32_t at) : Expr(ExprKind::kDict, at) {}
  std::vector<std::pair<ExprPtr, ExprPtr>> entries;
};

/// not, -, +.
struct UnaryExpr final : Expr {
  UnaryExpr(ExprKind node, uint32_t at) : Expr(node, at) {}
  ExprPtr operand;
};

/// Operators of one precedence, applied from left to right.
struct BinaryExpr final : Expr {
  explicit BinaryExpr(uint32_t at) : Expr(ExprKind::kBinary, at) {}
  ExprPtr first;
  std::vector<std::pair<BinaryOp, ExprPtr>> rest;
};

/// a and b and c; a or b or c.
struct LogicalExpr final : Expr {
  explicit LogicalExpr(uint32_t at) : Expr(ExprKind::kLogical, at) {}
  bool is_or = false;
  std::vector<ExprPtr> operands;
};

/// a < b <= c.
struct CompareExpr final : Expr {
  explicit CompareExpr(uint32_t at) : Expr(ExprKind::kCompare, at) {}
  ExprPtr first;
  std::vector<std::pair<CompareOp, ExprPtr>> rest;
};

/// a if test else b.
struct ConditionalExpr final : Expr {
  explicit ConditionalExpr(uint32_t at) : Expr(ExprKind::kConditional, at) {}
  ExprPtr test, then, otherwise;  ///< `otherwise` may be null
};

struct AttributeExpr final : Expr {
  explicit AttributeExpr(uint32_t at) : Expr(ExprKind::kAttribute, at) {}
  ExprPtr object;
  std::string name;
};

struct SubscriptExpr final : Expr {
  explicit SubscriptExpr(uint32_t at) : Expr(ExprKind::kSubscript, at) {}
  ExprPtr object, key;
};

struct SliceExpr final : Expr {
  explicit SliceExpr(uint32_t at) : Expr(ExprKind::kSlice, at) {}
  ExprPtr object, start, stop, step;  ///< the bounds may be null
};

struct CallArguments {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> keywords;
  ExprPtr more_positional, more_keywords;  ///< *args, **kwargs; may be null
};

struct CallExpr final : Expr {
  explicit CallExpr(uint32_t at) : Expr(ExprKind::kCall, at) {}
  ExprPtr callee;
  CallArguments arguments;
};

/// input|name(...) and input is name(...).
struct ApplyExpr final : Expr {
  ApplyExpr(ExprKind node, uint32_t at) : Expr(node, at) {}
  ExprPtr input;  ///< null: what a filter or set block caught
  std::string name;
  NativeFunction function = nullptr;  ///< null where unknown, an error once it is reached
  CallArguments arguments;
};

// Statements

enum class StatementKind : uint8_t {
  kText,
  kOutput,
  kIf,
  kFor,
  kSet,
  kSetBlock,
  kMacro,
  kCallBlock,
  kFilterBlock,
  kWith,
  kGeneration,
  kBreak,
  kContinue,
};

struct Statement {
  Statement(StatementKind node, uint32_t at) : kind(node), line(at) {}
  virtual ~Statement() = default;

  const StatementKind kind;
  const uint32_t line;
};
using StatementPtr = std::unique_ptr<Statement>;
using Body = std::vector<StatementPtr>;

struct TextStatement final : Statement {
  TextStatement(uint32_t at, std::string data) : Statement(StatementKind::kText, at), text(std::move(data)) {}
  std::string text;
};

struct OutputStatement final : Statement {
  OutputStatement(uint32_t at, ExprPtr shown)
      : Statement(StatementKind::kOutput, at), value(std::move(shown)) {}
  ExprPtr value;
};

struct IfStatement final : Statement {
  explicit IfStatement(uint32_t at) : Statement(StatementKind::kIf, at) {}
  std::vector<std::pair<ExprPtr, Body>> branches;
  Body otherwise;
};

/// What is assigned to: a name, an attribute of a namespace, or a tuple of targets.
struct Target {
  enum class Kind : uint8_t { kName, kAttribute, kTuple };

  Kind kind = Kind::kName;
  std::string name;       ///< of the variable, or of the namespace
  std::string attribute;  ///< for kAttribute
  VariableRef ref;
  std::vector<Target> items;  ///< for kTuple
};

struct ForStatement final : Statement {
  explicit ForStatement(uint32_t at) : Statement(StatementKind::kFor, at) {}
  Target target;
  ExprPtr iterable;
  ExprPtr test;  ///< may be null
  bool recursive = false;
  Body body, otherwise;

  Frame body_frame, else_frame;
  VariableRef loop;        ///< the variable `loop`
  bool reads_loop = true;  ///< whether the body looks at it
  uint32_t num_slots = 0;  ///< of the body as a function, where the loop is recursive
  // The test is a function of its own, with its own copy of the target.
  Target test_target;
  Frame test_frame;
  uint32_t num_test_slots = 0;
};

struct SetStatement final : Statement {
  explicit SetStatement(uint32_t at) : Statement(StatementKind::kSet, at) {}
  Target target;
  ExprPtr value;
};

struct SetBlockStatement final : Statement {
  explicit SetBlockStatement(uint32_t at) : Statement(StatementKind::kSetBlock, at) {}
  Target target;
  ExprPtr filter;  ///< may be null
  Body body;
  Frame frame;
};

/// A macro; also the body of a call block, which is a macro without a name.
struct MacroStatement final : Statement {
  explicit MacroStatement(uint32_t at) : Statement(StatementKind::kMacro, at) {}
  std::string name;
  Target target;  ///< the variable of that name
  MacroSignature signature;
  std::vector<ExprPtr> defaults;  ///< of the last parameters
  Body body;

  Frame frame;
  std::vector<uint32_t> param_slots;
  uint32_t caller_slot = 0, kwargs_slot = 0, varargs_slot = 0;
  uint32_t num_slots = 0;
};

struct CallBlockStatement final : Statement {
  explicit CallBlockStatement(uint32_t at) : Statement(StatementKind::kCallBlock, at), caller(at) {}
  ExprPtr call;
  MacroStatement caller;
};

struct FilterBlockStatement final : Statement {
  explicit FilterBlockStatement(uint32_t at) : Statement(StatementKind::kFilterBlock, at) {}
  ExprPtr filter;
  Body body;
  Frame frame;
};

struct WithStatement final : Statement {
  explicit WithStatement(uint32_t at) : Statement(StatementKind::kWith, at) {}
  std::vector<std::pair<Target, ExprPtr>> assignments;
  Body body;
  Frame frame;
};

/// {% generation %}: what a training run learns from; a function of its own, as a call block's body is.
struct GenerationStatement final : Statement {
  explicit GenerationStatement(uint32_t at) : Statement(StatementKind::kGeneration, at), block(at) {}
  MacroStatement block;
};

/// break and continue.
struct JumpStatement final : Statement {
  JumpStatement(StatementKind node, uint32_t at) : Statement(node, at) {}
};

/// A parsed template. Does not change, and is shared between renderings.
struct Program {
  Body body;
  Frame frame;
  uint32_t num_slots = 0;
  uint32_t num_strings = 0;
  std::vector<std::string> context_names;  ///< variables that come from outside
};

}  // namespace hearth::jinja
